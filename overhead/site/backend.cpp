#include "overhead/site/backend.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/folders.hpp"
#include "common/http_client.hpp"
#include "common/units.hpp"
#include "overhead/site/ready.hpp"

namespace hopcost::overhead {
namespace {

constexpr const char* kModel = "mock-model";

using nlohmann::json;

constexpr const char* kLoopback = "127.0.0.1";

Result<json> admin(const ApiBase& api, const std::string& method, const std::string& target,
                   const std::string& body = {}) {
  const auto reply = http_exchange(
      {.method = method, .address = api.address, .target = target, .headers = {}, .body = body});
  if (!reply) return std::unexpected(reply.error());
  auto parsed = json::parse(reply->body, nullptr, false);
  if (reply->status != 200 || parsed.is_discarded()) {
    return fail(ErrorCode::protocol,
                fmt::format("the backend answered {} {} with HTTP {}: {}", method, target,
                            reply->status, reply->body.substr(0, 300)));
  }
  return parsed;
}

double number_or_zero(const json& object, const char* key) {
  return object.contains(key) && object[key].is_number() ? object[key].get<double>() : 0.0;
}

}  // namespace

namespace {

/// Adds what one server has counted.
Result<void> add_stats(const ApiBase& api, BackendStats& stats) {
  const auto reply = admin(api, "GET", "/__admin/stats");
  if (!reply) return std::unexpected(reply.error());
  const json& all = *reply;
  try {
    stats.connections += all.at("connections").at("accepted").get<std::uint64_t>();
    stats.requests += all.at("requests").at("total").get<std::uint64_t>();
    stats.stamped += all.at("requests").at("stamped").get<std::uint64_t>();
    stats.chunks += all.at("chunks").get<std::uint64_t>();
    for (const auto& worker : all.at("workers")) stats.cpu_ns += worker.at("cpu_ns").get<Nanos>();
    const auto& lateness = all.at("lateness_ns");
    stats.paced += lateness.at("count").get<std::uint64_t>();
    stats.lateness_p50_ns = std::max(stats.lateness_p50_ns, number_or_zero(lateness, "p50"));
    stats.lateness_p99_ns = std::max(stats.lateness_p99_ns, number_or_zero(lateness, "p99"));
  } catch (const json::exception& e) {
    return fail(ErrorCode::protocol, fmt::format("the backend's statistics: {}", e.what()));
  }
  return {};
}

}  // namespace

Result<Backend> Backend::start(const BackendSpec& spec) {
  Backend backend;
  for (int i = 0; i < spec.replicas; ++i) {
    if (const auto added = backend.add(spec, i); !added) return std::unexpected(added.error());
  }
  return backend;
}

Result<void> Backend::add(const BackendSpec& spec, int index) {
  auto log = spec.log;
  if (index > 0) log.replace_filename(fmt::format("{}-{}.log", log.stem().string(), index + 1));
  ApiBase api;
  api.address.host = kLoopback;
  api.address.port = static_cast<std::uint16_t>(spec.port == 0 ? 0 : spec.port + index);
  if (spec.port == 0) {
    const auto free = find_free_port(kLoopback);
    if (!free) return std::unexpected(free.error());
    api.address.port = *free;
  } else if (port_is_taken(api.address)) {
    return fail(ErrorCode::unreachable, fmt::format("port {} is already in use", api.address.port),
                "backend");
  }
  Command command;
  command.arguments = {(program_folder() / "mockserver").string(),
                       "--listen",
                       api.address.to_string(),
                       "--threads",
                       std::to_string(spec.threads),
                       "--quiet"};
  if (!spec.config.empty()) {
    // Whatever it pretends to be, by the name that stacks and clients of ours ask for.
    command.arguments.insert(command.arguments.end(), {"--config", spec.config, "--model", kModel});
  }
  command.cpus = spec.cpus;
  command.log = log;
  auto process = SupervisedProcess::start(command);
  if (!process) return std::unexpected(process.error());
  ReadyCheck check;
  check.api = api;
  check.path = "/health";
  check.model = kModel;
  check.what = "backend (mockserver)";
  if (const auto ready = wait_until_ready(*process, check); !ready) return ready;
  processes_.push_back(std::move(*process));
  apis_.push_back(api);
  return {};
}

std::vector<pid_t> Backend::supervisors() const {
  std::vector<pid_t> pids;
  for (const auto& process : processes_) pids.push_back(process.supervisor());
  return pids;
}

Result<BackendStats> Backend::stats() const {
  BackendStats stats;
  for (const auto& api : apis_) {
    if (const auto added = add_stats(api, stats); !added) return std::unexpected(added.error());
  }
  return stats;
}

Result<void> Backend::reset_stats() {
  for (const auto& api : apis_) {
    const auto reply = admin(api, "POST", "/__admin/reset");
    if (!reply) return std::unexpected(reply.error());
  }
  return {};
}

Result<void> Backend::set_scenario(const BackendScenario& scenario) {
  const auto text = json{{"ttft", duration_text(scenario.ttft)},
                         {"itl", duration_text(scenario.itl)},
                         {"output_tokens", scenario.output_tokens}}
                        .dump();
  return put_scenario(text);
}

Result<void> Backend::set_faults(const std::string& faults) {
  return put_scenario("faults: " + faults);
}

Result<void> Backend::put_scenario(const std::string& text) {
  for (const auto& api : apis_) {
    const auto reply = admin(api, "PUT", "/__admin/scenario", text);
    if (!reply) return std::unexpected(reply.error());
  }
  return {};
}

}  // namespace hopcost::overhead
