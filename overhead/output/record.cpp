#include "overhead/output/record.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "common/version_text.hpp"
#include "overhead/output/scaling_text.hpp"

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

json pressure_json(const std::optional<PressureShares>& pressure) {
  if (!pressure) return nullptr;
  return {{"cpu", pressure->cpu}, {"io", pressure->io}, {"memory", pressure->memory}};
}

json pass_json(const PassRecord& pass) {
  json failures = json::object();
  for (std::size_t i = 1; i < loadgen::kFailures; ++i) {
    if (pass.counters.failures[i] == 0) continue;
    failures[std::string(loadgen::kFailureNames[i])] = {{"count", pass.counters.failures[i]},
                                                        {"first", pass.failure_samples[i]}};
  }
  return {{"restart", pass.restart},
          {"round", pass.round},
          {"position", pass.position},
          {"arm", pass.arm},
          {"measured_ns", pass.measured_ns},
          {"quantities", pass.quantities},
          {"sent", pass.counters.sent},
          {"unsent", pass.counters.unsent},
          {"ok", pass.counters.ok},
          {"requests_total", pass.counters.requests_total},
          {"connections", pass.counters.connections},
          {"chunks", pass.counters.chunks},
          {"missing_done", pass.counters.missing_done},
          {"failures", failures},
          {"events_per_read", pass.events_per_read},
          {"generator_busy_share", pass.generator_busy_share},
          {"stack_cpu_ns", pass.stack_cpu_ns},
          {"stack_memory_bytes", pass.stack_memory_bytes},
          {"stack_storage_bytes", or_null(pass.stack_storage_bytes)},
          {"busiest_threads_ns", pass.busiest_threads_ns},
          {"drain_ns", pass.drain_ns},
          {"backend",
           {{"cpu_ns", pass.backend_cpu_ns},
            {"requests", pass.backend_requests},
            {"connections", pass.backend_connections},
            {"chunks", pass.backend_chunks},
            {"lateness_p50_ns", pass.backend_lateness_p50_ns},
            {"lateness_p99_ns", pass.backend_lateness_p99_ns}}},
          {"sees_backend", pass.sees_backend},
          {"knows_others", pass.knows_others},
          {"other_cpu_share", pass.other_cpu_share},
          {"steal_share", pass.steal_share},
          {"pressure_shares", pressure_json(pass.pressure)},
          {"took_ns", pass.took_ns},
          {"bytes_read", pass.counters.bytes_read},
          {"polluted", pass.polluted}};
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
           {{"ttft_ns", cell.scenario.ttft},
            {"itl_ns", cell.scenario.itl},
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

ReadStudy as_read(const Study& study, const std::filesystem::path& file) {
  const auto& machine = study.machine;
  ReadStudy read{file, study.started_at, study.took_s, study.cut_short, {}, study.cells, {}};
  read.machine = {{"cpu", machine.cpu_model},          {"kernel", machine.kernel},
                  {"governor", machine.governor},      {"clock_source", machine.clock_source},
                  {"placement", study.placement.note}, {"cpus", std::to_string(machine.cpus)}};
  for (const auto& error : study.failures) read.failures.push_back(error.to_string());
  return read;
}

Result<void> write_file(const std::filesystem::path& file, const std::string& text) {
  const auto temporary = file.string() + ".partial";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  std::error_code ec;
  if (out) std::filesystem::rename(temporary, file, ec);
  if (!out || ec) return fail(ErrorCode::io, "cannot be written", file.string());
  return {};
}

}  // namespace hopcost::overhead
