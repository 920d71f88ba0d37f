#include "overhead/output/calibration_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"
#include "common/version_text.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

std::string us(double ns) {
  return fmt::format("{:.1f}", ns / 1e3);
}

std::string interval(const Estimate& estimate) {
  return fmt::format("{} [{}, {}]", us(estimate.value), us(estimate.low), us(estimate.high));
}

const char* word_of(const KnownCost& cost) {
  if (cost.undecided()) return "no verdict";
  return cost.passed() ? "pass" : "fail";
}

}  // namespace

std::string calibration_table(const Calibration& calibration) {
  std::string out = fmt::format(
      "\nDoes the ruler recover known costs? Concurrency 1, {} restarts, 95 % intervals, us\n"
      "{}, {} CPUs ({}), generator {}, seed {}\n\n",
      calibration.restarts, calibration.machine.cpu_model, calibration.machine.cpus,
      calibration.placement.note, calibration.placement.spin ? "spins while idle" : "blocks",
      calibration.seed);
  std::vector<std::vector<std::string>> rows{
      {"cost", "asked", "proxy clocked", "recovered", "error", "allowed", "verdict"}};
  for (const auto& cost : calibration.costs) {
    rows.push_back({cost.kind_name(), duration_text(cost.asked_ns), us(cost.truth_ns),
                    cost.recovered ? interval(*cost.recovered) : "n/a",
                    cost.recovered ? fmt::format("{:+.1f}", cost.error_ns() / 1e3) : "-",
                    us(cost.allowed_ns()), word_of(cost)});
  }
  if (rows.size() > 1) out += aligned(rows);
  if (calibration.buffering) {
    const auto& seen = *calibration.buffering;
    out += fmt::format(
        "\nA proxy that holds streams back: {:.2f} events in one read, {:.2f} "
        "without; stream_coalesced: {}\n",
        seen.with, seen.without, seen.seen ? "pass" : "fail");
  }
  if (calibration.null) {
    out += fmt::format("\nbaseline2 - baseline: {}; {} pairs of rounds repeated\n",
                       interval(*calibration.null), calibration.repeated_pairs);
  }
  if (!calibration.null_intervals.empty()) {
    std::vector<double> floors;
    for (const auto& null : calibration.null_intervals) floors.push_back(null.largest_end());
    out += fmt::format(
        "{} of {} null intervals exclude zero (5 % expected); their noise floor, median: {} us\n",
        calibration.nulls_excluding_zero, calibration.null_intervals.size(), us(median(floors)));
  }
  return out + fmt::format("\n{}\n", verdict_name(calibration.verdict()));
}

json calibration_json(const Calibration& calibration) {
  json costs = json::array();
  for (const auto& cost : calibration.costs) {
    costs.push_back({{"cost", cost.kind_name()},
                     {"quantity", cost.quantity()},
                     {"asked_ns", cost.asked_ns},
                     {"truth_ns", cost.truth_ns},
                     {"recovered", cost.recovered ? to_json(*cost.recovered) : json(nullptr)},
                     {"error_ns", cost.error_ns()},
                     {"allowed_ns", cost.allowed_ns()},
                     {"verdict", word_of(cost)}});
  }
  json nulls = json::array();
  for (const auto& null : calibration.null_intervals) nulls.push_back(to_json(null));
  json buffering = nullptr;
  if (calibration.buffering) {
    buffering = {{"events_per_read", calibration.buffering->with},
                 {"events_per_read_without", calibration.buffering->without},
                 {"seen", calibration.buffering->seen}};
  }
  return {{"schema", "hopcost.calibration/2"},
          {"hopcost", version_text()},
          {"seed", calibration.seed},
          {"cpu", calibration.machine.cpu_model},
          {"cpus", calibration.machine.cpus},
          {"placement", calibration.placement.note},
          {"generator_spins", calibration.placement.spin},
          {"restarts", calibration.restarts},
          {"costs", costs},
          {"buffering", buffering},
          {"null", calibration.null ? to_json(*calibration.null) : json(nullptr)},
          {"repeated_pairs", calibration.repeated_pairs},
          {"null_intervals", nulls},
          {"null_intervals_excluding_zero", calibration.nulls_excluding_zero},
          {"verdict", verdict_name(calibration.verdict())}};
}

}  // namespace hopcost::overhead
