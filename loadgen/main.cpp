#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/stop_signal.hpp"
#include "loadgen/console.hpp"
#include "loadgen/options.hpp"
#include "loadgen/run.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::loadgen;

constexpr int kNotValid = 2;

nlohmann::json stages_json(const std::vector<Stage>& stages) {
  auto list = nlohmann::json::array();
  for (const auto& stage : stages) {
    list.push_back({{"duration_ns", stage.duration},
                    {"from_per_s", stage.from_per_s},
                    {"to_per_s", stage.to_per_s}});
  }
  return list;
}

nlohmann::json arrival_json(const Arrival& arrival) {
  nlohmann::json json{{"kind", name_of(arrival.kind)}};
  if (arrival.kind == Arrival::Kind::uniform) json["jitter"] = arrival.jitter;
  if (arrival.kind == Arrival::Kind::gamma) json["burstiness"] = arrival.burstiness;
  if (arrival.kind == Arrival::Kind::burst) json["burst"] = arrival.burst;
  return json;
}

nlohmann::json options_json(const Options& options) {
  auto targets = nlohmann::json::array();
  for (const auto& target : options.targets) targets.push_back(target.url());
  return {{"targets", targets},
          {"model", options.model},
          {"concurrency", options.open_loop() ? 0 : options.concurrency},
          {"rate_per_s", options.rate_per_s},
          {"stages", stages_json(options.stages)},
          {"arrival", arrival_json(options.arrival)},
          {"seed", options.seed},
          {"max_in_flight", options.connections()},
          {"duration_ns", options.duration},
          {"warmup_ns", options.warmup},
          {"stream", options.stream},
          {"prompt_tokens", options.prompt_tokens},
          {"output_tokens", options.output_tokens},
          {"stamps", options.stamps},
          {"threads", options.threads},
          {"idle", options.idle == Idle::spin ? "spin" : "block"}};
}

Result<void> write_record(const std::string& folder, const std::string& text) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const std::string path = folder + "/run.json";
  std::ofstream file(path, std::ios::binary);
  file << text << '\n';
  file.close();
  if (ec || !file) return fail(ErrorCode::io, "cannot be written", path);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Program program;
  if (const auto code = parse_options(argc, argv, program)) return *code;
  const StopOnSignal signals;
  const auto result = run(program.run, signals.token());
  if (!result) {
    fmt::print(stderr, "loadgen: {}\n", result.error().to_string());
    return result.error().exit_code();
  }
  const auto faults = find_faults(program.run, *result);
  auto record = to_json(*result);
  record["schema"] = "hopcost.loadgen/1";
  record["options"] = options_json(program.run);
  record["valid"] = faults.empty();
  record["faults"] = nlohmann::json::array();
  for (const auto& fault : faults) {
    record["faults"].push_back({{"code", fault.code}, {"evidence", fault.evidence}});
  }
  const std::string text = record.dump(1);
  fmt::print("{}", program.json ? text + "\n" : console_report(program.run, *result));
  if (!program.output.empty()) {
    if (const auto written = write_record(program.output, text); !written) {
      fmt::print(stderr, "loadgen: {}\n", written.error().to_string());
      return written.error().exit_code();
    }
  }
  return faults.empty() ? 0 : kNotValid;
}
