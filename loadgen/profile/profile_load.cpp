#include "loadgen/profile/profile_load.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

/// inference-perf's workers have no limit in common: as many as a server is likely to be asked for.
constexpr int kUsualInFlight = 1'000;
constexpr int kMostInFlight = 100'000;
/// What its client waits for an answer is not limited; ours ends some time.
constexpr const char* kLongestRequest = "10m";
/// Stages that end after so many requests: how long each may take.
constexpr const char* kLongestLevel = "1h";

double positive(const YamlNode& node) {
  const double value = node.as_double();
  if (!(value > 0)) node.complain("must be above 0");
  return value;
}

/// Stages of a rate and a duration each, in seconds.
std::uint64_t decode_rates(const std::vector<YamlNode>& stages, double pause_s, bool poisson,
                           Settings& settings) {
  std::string list;
  double requests = 0;
  for (const auto& stage : stages) {
    auto fields = stage.fields();
    const double rate = positive(fields.require("rate"));
    const double seconds = positive(fields.require("duration"));
    fields.finish();
    if (!list.empty() && pause_s > 0) list += fmt::format(",0:{:g}s", pause_s);
    list += fmt::format("{}{:g}/s:{:g}s", list.empty() ? "" : ",", rate, seconds);
    requests += rate * seconds;
  }
  set(settings, "stages", list);
  if (poisson) set(settings, "arrival", "poisson");
  // Random arrivals may be more than were asked for; six deviations are never seen.
  return static_cast<std::uint64_t>(std::ceil(requests + 6 * std::sqrt(requests) + 1));
}

/// Stages of so many users and requests each.
std::uint64_t decode_users(const std::vector<YamlNode>& stages, Settings& settings) {
  std::string users;
  std::int64_t requests = 0;
  for (const auto& stage : stages) {
    auto fields = stage.fields();
    const auto level = fields.require("concurrency_level");
    users += fmt::format("{}{}", users.empty() ? "" : ",", level.as_int(1, kMostInFlight));
    const auto count = fields.require("num_requests");
    if (requests != 0 && count.as_int(1) != requests) {
      count.complain(
          fmt::format("every stage must have as many requests as the first, {}", requests));
    }
    requests = count.as_int(1);
    fields.finish();
  }
  if (stages.size() == 1) {
    set(settings, "concurrency", users);
  } else {
    set(settings, "sweep", fmt::format("concurrency={}", users));
  }
  set(settings, "requests", std::to_string(requests));
  set(settings, "duration", kLongestLevel);
  return static_cast<std::uint64_t>(requests) * stages.size();
}

/// From idle to saturation, in stages of one length.
void decode_sweep(const YamlNode& node, Settings& settings) {
  auto fields = node.fields();
  std::int64_t stages = 5;
  double seconds = 180;  // its defaults
  if (const auto type = fields.take("type"); type && type->as_string() != "linear") {
    type->complain("only linear: loadgen's loads lie evenly between idle and saturation");
  }
  if (const auto count = fields.take("num_stages")) {
    constexpr int kMostStages = 1'000;
    stages = count->as_int(1, kMostStages);
  }
  if (const auto duration = fields.take("stage_duration")) seconds = positive(*duration);
  // How its own search for saturation is made; ours is one load of all connections.
  (void)fields.take("num_requests");
  (void)fields.take("timeout");
  (void)fields.take("saturation_percentile");
  fields.finish();
  set(settings, "sweep", fmt::format("between={}", stages + 2));
  set(settings, "duration", fmt::format("{:g}s", seconds));
}

/// What its workers may have under way together, where it says so.
std::optional<std::int64_t> in_flight(YamlFields& fields) {
  std::int64_t workers = 0;
  std::int64_t each = 0;
  if (const auto count = fields.take("num_workers")) workers = count->as_int(0, kMostInFlight);
  if (const auto most = fields.take("worker_max_concurrency")) {
    each = most->as_int(1, kMostInFlight);
  }
  (void)fields.take("worker_max_tcp_connections");
  if (workers == 0 || each == 0) return std::nullopt;
  return std::min<std::int64_t>(workers * each, kMostInFlight);
}

}  // namespace

std::uint64_t decode_load(const YamlNode& node, Settings& settings) {
  auto fields = node.fields();
  std::string type = "constant";
  if (const auto named = fields.take("type")) {
    type = named->as_string();
    if (type != "constant" && type != "poisson" && type != "concurrent") {
      named->complain("must be constant, poisson or concurrent");
    }
  }
  double pause_s = 0;
  if (const auto interval = fields.take("interval")) {
    pause_s = interval->as_double();
    if (pause_s < 0) interval->complain("must not be below 0");
  }
  std::string timeout = kLongestRequest;
  if (const auto limit = fields.take("request_timeout"); limit && !limit->is_null()) {
    timeout = fmt::format("{:g}s", positive(*limit));
  }
  constexpr int kMostRetries = 100;
  if (const auto retries = fields.take("request_retries")) {
    set(settings, "retries", std::to_string(retries->as_int(0, kMostRetries)));
  }
  if (const auto pause = fields.take("request_retry_backoff_sec")) {
    set(settings, "retry-base", fmt::format("{:g}s", positive(*pause)));
  }
  if (const auto seed = fields.take("base_seed"))
    set(settings, "seed", std::to_string(seed->as_int(0)));
  const auto most = in_flight(fields);
  const auto sweep = fields.take("sweep");
  const auto stages = fields.take("stages");
  fields.finish();
  set(settings, "warmup", "0");
  set(settings, "timeout", timeout);
  if (sweep && !sweep->is_null()) {
    if (most) set(settings, "max-in-flight", std::to_string(*most));
    decode_sweep(*sweep, settings);
    return 0;
  }
  if (!stages || stages->items().empty()) node.complain("needs stages");
  if (type == "concurrent") return decode_users(stages->items(), settings);
  set(settings, "max-in-flight", std::to_string(most.value_or(kUsualInFlight)));
  return decode_rates(stages->items(), pause_s, type == "poisson", settings);
}

}  // namespace hopcost::loadgen
