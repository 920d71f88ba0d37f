#include "overhead/output/record_reading.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "loadgen/merge/stored_record.hpp"
#include "overhead/output/pass_json.hpp"

namespace hopcost::overhead {
namespace {

using Json = nlohmann::json;

Estimate estimate_from(const JsonField& field) {
  return {field.at("value").as<double>(), field.at("low").as<double>(),
          field.at("high").as<double>(), field.at("level").as<double>(),
          field.at("restarts").as<std::vector<double>>()};
}

std::optional<Estimate> optional_estimate(const JsonField& field) {
  if (field.is_null()) return std::nullopt;
  return estimate_from(field);
}

State state_from(const JsonField& field) {
  const auto name = field.as<std::string>();
  for (const auto state : {State::measured, State::below_resolution, State::no_verdict}) {
    if (name == state_name(state)) return state;
  }
  field.complain("is no state");
}

/// What all passes together measured, with the counts that error-adjusted percentiles need.
std::map<std::string, loadgen::RunResult> distributions_from(
    const JsonField& cell, const std::vector<PassRecord>& passes) {
  std::map<std::string, loadgen::RunResult> merged;
  const auto positions = cell.at("chunk_transit_by_position");
  cell.at("distributions_ns").each_entry([&](const std::string& arm, const JsonField& metrics) {
    auto read = loadgen::result_from_json(
        {{"metrics_ns", metrics.as<Json>()},
         {"chunk_transit_by_position", positions.at(arm.c_str()).as<Json>()}});
    if (!read) metrics.complain(read.error().message.c_str());
    for (const auto& pass : passes) {
      if (pass.arm == arm) read->counters.merge(pass.counters);
    }
    merged.emplace(arm, std::move(*read));
  });
  return merged;
}

/// What was chosen and seen before anything counted.
void read_pilot(const JsonField& field, Cell& cell) {
  const auto backend = field.at("backend");
  const auto delay = [&](const char* key) {
    const auto value = backend.at(key);
    return value.is_null() ? Nanos{-1} : value.as<Nanos>();
  };
  cell.scenario = {delay("ttft_ns"), delay("itl_ns"), backend.at("output_tokens").as<int>()};
  cell.ceiling = {backend.at("ceiling_requests_per_s").as<double>(),
                  backend.at("ceiling_chunks_per_s").as<double>()};
  cell.pass_ns = field.at("pass_ns").as<Nanos>();
  cell.alone_ns = field.at("alone_ns").as<double>();
  if (const auto acknowledged = field.at("acknowledged_ns"); !acknowledged.is_null()) {
    cell.acknowledged_ns = acknowledged.as<double>();
  }
  const auto workers = field.at("workers_seen");
  cell.workers = {workers.at("verifiable").as<bool>(), workers.at("asked").as<int>(),
                  workers.at("seen").as<std::vector<int>>(), workers.at("how").as<std::string>()};
}

/// What follows from the passes, and is shown as it was written.
void read_findings(const JsonField& field, Cell& cell) {
  if (const auto headline = cell.overheads.find(cell.headline());
      headline != cell.overheads.end()) {
    cell.level = headline->second.difference.level;
  }
  if (const auto churn = field.at("backend_connections_per_request"); !churn.is_null()) {
    cell.connections_per_request = churn.as<double>();
  }
  cell.events_per_read = field.at("events_per_read").as<std::map<std::string, double>>();
  const auto own = field.at("self_reported");
  if (own.is_null()) return;
  SelfReported declared;
  declared.header.name = own.at("header").as<std::string>();
  const auto means = own.at("means").as<std::string>();
  for (const auto one :
       {SelfReported::Means::overhead, SelfReported::Means::upstream, SelfReported::Means::total}) {
    if (means == means_name(one)) declared.means = one;
  }
  cell.self_reported = declared;
  const auto reported = optional_estimate(own.at("reported"));
  const auto unexplained = optional_estimate(own.at("unexplained"));
  if (reported && unexplained) cell.own_report = SelfReport{*reported, *unexplained};
}

Cell cell_from(const JsonField& field) {
  Cell cell;
  cell.id = field.at("id").as<std::string>();
  cell.standup.stack = field.at("stack").as<std::string>();
  cell.standup.workers = field.at("workers").as<int>();
  cell.standup.replicas = field.at("replicas").as<int>();
  cell.standup.backends = field.at("backend_replicas").as<int>();
  cell.asked.concurrency = field.at("concurrency").as<int>();
  cell.asked.rate_per_s = field.at("rate_per_s").as<double>();
  const auto mode = field.at("mode");
  const auto name = mode.as<std::string>();
  if (name != mode_name(Mode::unary) && name != mode_name(Mode::stream))
    mode.complain("is no mode");
  cell.asked.mode = name == mode_name(Mode::unary) ? Mode::unary : Mode::stream;
  const auto load = field.at("load");
  const auto load_text = load.as<std::string>();
  if (load_text != load_name(Load::latency) && load_text != load_name(Load::ceiling)) {
    load.complain("is no load");
  }
  cell.asked.load = load_text == load_name(Load::ceiling) ? Load::ceiling : Load::latency;
  cell.prompt_tokens = field.at("prompt_tokens").as<int>();
  read_pilot(field, cell);
  const auto compares = field.at("compares");
  cell.contrast = {compares.at("ours").as<std::string>(), compares.at("theirs").as<std::string>(),
                   compares.at("control").as<std::string>()};
  cell.state = state_from(field.at("state"));
  cell.reasons = field.at("reasons").as<std::vector<std::string>>();
  field.at("overheads").each_entry([&](const std::string& quantity, const JsonField& overhead) {
    cell.overheads.emplace(quantity, Overhead{estimate_from(overhead.at("difference")),
                                              optional_estimate(overhead.at("null"))});
  });
  cell.cpu_per_request_ns = optional_estimate(field.at("cpu_per_request_ns"));
  cell.cpu_per_chunk_ns = optional_estimate(field.at("cpu_per_chunk_ns"));
  cell.memory_bytes = optional_estimate(field.at("memory_bytes"));
  read_findings(field, cell);
  cell.looks = field.at("looks").as<int>();
  if (cell.looks < 1) field.at("looks").complain("must be at least 1");
  field.at("checks").each_item([&](const JsonField& check) {
    cell.checks.push_back({check.at("code").as<std::string>(), check.at("blocking").as<bool>(),
                           check.at("checked").as<bool>(), check.at("fired").as<bool>(),
                           check.at("evidence").as<std::string>()});
  });
  field.at("passes").each_item(
      [&](const JsonField& pass) { cell.passes.push_back(pass_from(pass)); });
  cell.repeated_pairs = field.at("repeated_pairs").as<int>();
  cell.merged = distributions_from(field, cell.passes);
  return cell;
}

}  // namespace

std::string differences_text(const std::map<std::string, std::string>& now,
                             const std::map<std::string, std::string>& then) {
  std::vector<std::string> differing;
  for (const auto& [name, value] : now) {
    const auto found = then.find(name);
    const std::string before = found == then.end() ? "unknown" : found->second;
    if (before == value) continue;
    differing.push_back(fmt::format("{} '{}' then, '{}' now", name, before, value));
  }
  return fmt::format("{}", fmt::join(differing, "; "));
}

Result<ReadStudy> study_from_text(const std::string& text, const std::filesystem::path& file) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::usage, "is not JSON", file.string());
  auto study = catch_errors([&] {
    const JsonField root(json, {});
    if (root.at("schema").as<std::string>() != "hopcost.overhead/1") {
      root.at("schema").complain("is not hopcost.overhead/1");
    }
    ReadStudy read;
    read.file = file;
    read.started_at = root.at("started_at").as<std::string>();
    read.resumed_at = root.at("resumed_at").as<std::vector<std::string>>();
    read.config = root.at("config").as<std::string>();
    read.took_s = root.at("took_s").as<double>();
    read.cut_short = root.at("cut_short").as<bool>();
    read.left_out = root.at("left_out").as<std::vector<std::string>>();
    read.failures = root.at("failures").as<std::vector<std::string>>();
    const auto environment = root.at("environment");
    for (const auto* name : {"cpu", "kernel", "governor", "clock_source", "placement"}) {
      read.machine[name] = environment.at(name).as<std::string>();
    }
    read.versions = environment.at("stacks").as<std::map<std::string, std::string>>();
    read.machine["cpus"] = std::to_string(environment.at("cpus").as<int>());
    root.at("cells").each_item(
        [&](const JsonField& cell) { read.cells.push_back(cell_from(cell)); });
    return read;
  });
  if (!study) return fail(ErrorCode::usage, study.error().message, file.string());
  return study;
}

Result<ReadStudy> read_study(const std::filesystem::path& path) {
  const auto record = loadgen::stored_record(path);
  if (!record) return std::unexpected(record.error());
  return study_from_text(record->text, record->file);
}

}  // namespace hopcost::overhead
