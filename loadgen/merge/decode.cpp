#include "loadgen/merge/decode.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/judge/judgement.hpp"
#include "loadgen/merge/stored_record.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::json;

[[noreturn]] void wrong(std::string_view field, std::string_view what) {
  throw ErrorException(Error{ErrorCode::usage, fmt::format("{}: {}", field, what), {}});
}

/// The field, of the right type.
template <class T>
T get(const Json& json, const char* field) {
  const auto at = json.find(field);
  if (at == json.end()) wrong(field, "missing");
  try {
    return at->get<T>();
  } catch (const Json::exception&) {
    wrong(field, "of the wrong type");
  }
}

const Json& list(const Json& json, const char* field) {
  static const Json kNone = Json::array();
  const auto at = json.find(field);
  return at != json.end() && at->is_array() ? *at : kNone;
}

TokenLength length(const Json& json, const char* field) {
  const auto parsed = TokenLength::parse(get<std::string>(json, field));
  if (!parsed) wrong(field, parsed.error().message);
  return *parsed;
}

void read_load(const Json& json, Options& options) {
  options.concurrency = std::max(1, get<int>(json, "concurrency"));
  options.rate_per_s = get<double>(json, "rate_per_s");
  options.max_in_flight = get<int>(json, "max_in_flight");
  options.duration = get<Nanos>(json, "duration_ns");
  options.warmup = get<Nanos>(json, "warmup_ns");
  options.replay = get<bool>(json, "replay");
  options.seed = get<std::uint64_t>(json, "seed");
  options.threads = get<int>(json, "threads");
  for (const auto& stage : list(json, "stages")) {
    options.stages.push_back({get<Nanos>(stage, "duration_ns"), get<double>(stage, "from_per_s"),
                              get<double>(stage, "to_per_s")});
  }
  if (const auto kind = arrival_kind(get<std::string>(get<Json>(json, "arrival"), "kind"))) {
    options.arrival.kind = *kind;
  }
}

Options read_options(const Json& json) {
  if (!json.is_object()) wrong("options", "no object");
  Options options;
  for (const auto& target : list(json, "targets")) {
    const auto base = target.is_string()
                          ? parse_api_base(target.get<std::string>(), Schemes::http_and_https)
                          : fail(ErrorCode::usage, "no text");
    if (!base) wrong("options.targets", base.error().message);
    options.targets.push_back(*base);
  }
  if (options.targets.empty()) wrong("options.targets", "names none");
  options.models.clear();
  for (const auto& model : list(json, "models")) {
    options.models.push_back({get<std::string>(model, "name"), get<double>(model, "weight")});
  }
  if (options.models.empty()) wrong("options.models", "names none");
  for (const auto& kind : list(json, "classes")) {
    options.classes.push_back({{get<std::string>(kind, "name"), get<double>(kind, "weight")},
                               length(kind, "prompt"),
                               length(kind, "output")});
  }
  const auto api = std::ranges::find(kApiNames, get<std::string>(json, "api"));
  if (api == kApiNames.end()) wrong("options.api", "unknown");
  options.api = static_cast<Api>(api - kApiNames.begin());
  if (const auto tags = json.find("tags"); tags != json.end() && tags->is_object()) {
    for (const auto& [name, value] : tags->items()) {
      if (!value.is_string()) wrong("options.tags", "no text");
      options.tags.emplace_back(name, value.get<std::string>());
    }
  }
  options.stream = get<bool>(json, "stream");
  options.stamps = get<bool>(json, "stamps");
  options.prompt_tokens = length(json, "prompt_tokens");
  options.output_tokens = length(json, "output_tokens");
  read_load(json, options);
  return options;
}

void read_statements(const Json& json, Options& options) {
  const auto threshold = [](const Json& entry, const char* field) {
    const auto parsed = parse_threshold(get<std::string>(entry, field));
    if (!parsed) wrong(field, parsed.error().message);
    return *parsed;
  };
  const auto stated = get<Json>(json, "options");  // list() refers into it
  for (const auto& entry : list(stated, "stop_if")) {
    const auto parsed =
        entry.is_string() ? parse_threshold(entry.get<std::string>()) : parse_threshold("");
    if (!parsed) wrong("options.stop_if", parsed.error().message);
    options.stop_if.push_back(*parsed);
  }
  for (const auto& entry : list(json, "thresholds")) {
    options.fail_if.push_back(threshold(entry, "fail_if"));
  }
  for (const auto& entry : list(json, "targets")) {
    options.service_level.targets.push_back(threshold(entry, "target"));
  }
  const auto goodput = json.find("goodput");
  if (goodput == json.end()) return;
  for (const auto& entry : list(*goodput, "objectives")) {
    const auto metric = metric_named(get<std::string>(entry, "metric"));
    if (!metric) wrong("goodput.objectives", "unknown metric");
    options.service_level.objectives.push_back({*metric, get<Nanos>(entry, "at_most_ns")});
  }
}

std::vector<std::string> urls(const Options& options) {
  std::vector<std::string> out;
  for (const auto& target : options.targets) out.push_back(target.url());
  return out;
}

}  // namespace

Result<RunRecord> record_from_json(const Json& json) {
  return catch_errors([&] {
    if (!json.is_object() || get<std::string>(json, "schema") != "hopcost.loadgen/1") {
      wrong("schema", "not hopcost.loadgen/1");
    }
    RunRecord record;
    record.options = read_options(get<Json>(json, "options"));
    read_statements(json, record.options);
    auto result = result_from_json(json);
    if (!result) throw ErrorException(result.error());
    record.result = std::move(*result);
    record.started_at_ns = get<Nanos>(json, "started_at_ns");

    record.sweep = get<std::string>(json, "sweep");
    record.findings = get<std::string>(json, "findings");
    if (json.contains("target")) {  // records of old have none
      record.target = get<std::string>(json, "target");
      record.scenario = get<std::string>(json, "scenario");
    }
    record.judgement = judge(record.options, record.result);
    return record;
  });
}

Result<RunRecord> read_record(const std::string& path) {
  const auto stored = stored_record(path);
  if (!stored) return std::unexpected(stored.error());
  const auto file = stored->file.string();
  const auto json = Json::parse(stored->text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::usage, "is not JSON", file);
  auto record = record_from_json(json);
  if (!record) return fail(ErrorCode::usage, record.error().to_string(), file);
  return record;
}

Result<void> add_share(RunRecord& all, const RunRecord& share) {
  const auto& ours = all.options;
  const auto& theirs = share.options;
  if (urls(ours) != urls(theirs) || ours.models != theirs.models || ours.api != theirs.api ||
      ours.stream != theirs.stream) {
    return fail(ErrorCode::usage,
                "not shares of one run: targets, models, interface or mode differ");
  }
  if (all.result.stages.size() != share.result.stages.size()) {
    return fail(ErrorCode::usage, "not shares of one run: their stages differ");
  }
  // Clocks of two machines differ: the monotonic one counts from the first share's start.
  auto shifted = share.result;
  shifted.start_ns = all.result.start_ns;
  all.result.merge(shifted);
  all.started_at_ns = std::min(all.started_at_ns, share.started_at_ns);
  // Shares of one load name the whole load; runs beside one another name their own.
  all.options.threads += theirs.threads;
  return {};
}

}  // namespace hopcost::loadgen
