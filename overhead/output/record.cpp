#include "overhead/output/record.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/version_text.hpp"
#include "overhead/output/pass_json.hpp"
#include "overhead/output/scaling_text.hpp"
#include "overhead/output/self_report_text.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

json optional_estimate(const std::optional<Estimate>& estimate) {
  return estimate ? to_json(*estimate) : json(nullptr);
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json delay_json(Nanos delay) {
  return delay < 0 ? json(nullptr) : json(delay);
}

json cell_json(const Cell& cell) {
  json overheads = json::object();
  for (const auto& [name, overhead] : cell.overheads) {
    overheads[name] = {{"difference", to_json(overhead.difference)},
                       {"null", optional_estimate(overhead.null)},
                       {"noise_floor", overhead.noise_floor()},
                       {"resolved", overhead.resolved()},
                       {"smallest_detectable", smallest_detectable(overhead.difference)}};
  }
  json checks = json::array();
  for (const auto& check : cell.checks) {
    checks.push_back({{"code", check.code},
                      {"checked", check.checked},
                      {"fired", check.fired},
                      {"blocking", check.blocking},
                      {"evidence", check.evidence}});
  }
  json passes = json::array();
  for (const auto& pass : cell.passes) passes.push_back(pass_json(pass));
  json merged = json::object();
  json by_position = json::object();
  for (const auto& [arm, run] : cell.merged) {
    auto all = loadgen::to_json(run);
    merged[arm] = std::move(all["metrics_ns"]);
    by_position[arm] = std::move(all["chunk_transit_by_position"]);
  }
  return {{"id", cell.id},
          {"stack", cell.standup.stack},
          {"workers", cell.standup.workers},
          {"replicas", cell.standup.replicas},
          {"backend_replicas", cell.standup.backends},
          {"concurrency", cell.asked.concurrency},
          {"rate_per_s", cell.asked.rate_per_s},
          {"mode", mode_name(cell.asked.mode)},
          {"load", load_name(cell.asked.load)},
          {"prompt_tokens", cell.prompt_tokens},
          {"compares",
           {{"ours", cell.contrast.ours},
            {"theirs", cell.contrast.theirs},
            {"control", cell.contrast.control}}},
          {"backend",
           {{"ttft_ns", delay_json(cell.scenario.ttft)},
            {"itl_ns", delay_json(cell.scenario.itl)},
            {"output_tokens", cell.scenario.output_tokens},
            {"ceiling_requests_per_s", cell.ceiling.requests_per_s},
            {"ceiling_chunks_per_s", cell.ceiling.chunks_per_s}}},
          {"pass_ns", cell.pass_ns},
          {"alone_ns", cell.alone_ns},
          {"acknowledged_ns", or_null(cell.acknowledged_ns)},
          {"workers_seen",
           {{"verifiable", cell.workers.verifiable},
            {"asked", cell.workers.asked},
            {"seen", cell.workers.seen},
            {"how", cell.workers.how}}},
          {"state", state_name(cell.state)},
          {"reasons", cell.reasons},
          {"headline", cell.headline()},
          {"overheads", overheads},
          {"cpu_per_request_ns", optional_estimate(cell.cpu_per_request_ns)},
          {"cpu_per_chunk_ns", optional_estimate(cell.cpu_per_chunk_ns)},
          {"memory_bytes", optional_estimate(cell.memory_bytes)},
          {"looks", cell.looks},
          {"backend_connections_per_request", or_null(cell.connections_per_request)},
          {"events_per_read", cell.events_per_read},
          {"self_reported", self_report_json(cell)},
          {"repeated_pairs", cell.repeated_pairs},
          {"checks", checks},
          {"passes", passes},
          {"distributions_ns", merged},
          {"chunk_transit_by_position", by_position}};
}

}  // namespace

json to_json(const Estimate& estimate) {
  return {{"value", estimate.value},
          {"low", estimate.low},
          {"high", estimate.high},
          {"level", estimate.level},
          {"restarts", estimate.restarts}};
}

json record_json(const Study& study, const std::string& command_line) {
  json cells = json::array();
  for (const auto& cell : study.cells) cells.push_back(cell_json(cell));
  json failures = json::array();
  for (const auto& error : study.failures) failures.push_back(error.to_string());
  return {{"schema", "hopcost.overhead/1"},
          {"hopcost", version_text()},
          {"name", study.experiment.name},
          {"command", command_line},
          {"started_at", study.started_at},
          {"resumed_at", study.resumed_at},
          {"took_s", study.took_s},
          {"cut_short", study.cut_short},
          {"trial", study.experiment.trial()},
          {"seed", study.experiment.seed},
          {"config", to_yaml(study.experiment)},
          {"environment",
           {{"cpu", study.machine.cpu_model},
            {"cpus", study.machine.cpus},
            {"kernel", study.machine.kernel},
            {"governor", study.machine.governor},
            {"clock_source", study.machine.clock_source},
            {"memory_gib", study.machine.memory_gib},
            {"placement", study.placement.note},
            {"stacks", study.versions}}},
          {"left_out", study.left_out},
          {"failures", failures},
          {"cells", cells},
          {"scaling", scaling_json(study.scaling)},
          {"slopes", slopes_json(study.slopes)},
          {"replica_ratios", ratios_json(study.ratios)}};
}

namespace {

/// A value that stands on one line: anything but objects, and lists with some inside.
bool is_plain(const json& value) {
  if (!value.is_structured()) return true;
  if (value.is_object()) return value.empty();
  return std::ranges::all_of(value, [](const json& item) { return is_plain(item); });
}

void append_text(std::string& out, const json& value, std::size_t depth) {
  if (is_plain(value)) {
    out += value.dump();
    return;
  }
  const bool object = value.is_object();
  out += object ? '{' : '[';
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(depth + 1, ' ');
    if (object) out += json(key).dump() + ": ";
    append_text(out, item, depth + 1);
  }
  out += '\n';
  out.append(depth, ' ');
  out += object ? '}' : ']';
}

}  // namespace

std::string record_text(const json& record) {
  std::string out;
  append_text(out, record, 0);
  return out + "\n";
}

ReadStudy as_read(const Study& study, const std::filesystem::path& file) {
  ReadStudy read;
  read.file = file;
  read.started_at = study.started_at;
  read.resumed_at = study.resumed_at;
  read.took_s = study.took_s;
  read.cut_short = study.cut_short;
  read.machine = fingerprint(study);
  read.versions = study.versions;
  read.config = to_yaml(study.experiment);
  read.cells = study.cells;
  read.left_out = study.left_out;
  for (const auto& error : study.failures) read.failures.push_back(error.to_string());
  return read;
}

}  // namespace hopcost::overhead
