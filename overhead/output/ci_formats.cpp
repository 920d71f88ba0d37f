#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/output/junit_xml.hpp"
#include "overhead/output/formats.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kUs = 1e3;

/// Calls `each(cell, quantity, overhead)` for every time that a cell with a verdict has: the only
/// kind that these formats compare by.
template <class Each>
void for_each_time(const ReadStudy& study, Each&& each) {
  for (const auto& cell : study.cells) {
    if (cell.state == State::no_verdict) continue;
    const bool bursts = fired(cell, "tail_in_bursts") != nullptr;
    for (const auto& [quantity, overhead] : cell.overheads) {
      if (bursts && quantity.ends_with(".p99")) continue;
      if (!is_rate(quantity)) each(cell, quantity, overhead);
    }
  }
}

}  // namespace

std::string github_json(const ReadStudy& study) {
  auto json = nlohmann::ordered_json::array();
  for_each_time(
      study, [&](const Cell& cell, const std::string& quantity, const Overhead& overhead) {
        if (!quantity.ends_with(".p50") && !quantity.ends_with(".p99")) return;
        const auto& difference = overhead.difference;
        // It never alerts on a value of 0 or below.
        const bool seen = difference.low > 0;
        const double value = seen ? difference.value : overhead.resolution();
        if (value > 0) {
          const double half =
              std::max(difference.high - difference.value, difference.value - difference.low);
          nlohmann::ordered_json entry{{"name", fmt::format("{} {} added", cell.id, quantity)},
                                       {"unit", "us"},
                                       {"value", value / kUs}};
          if (seen) entry["range"] = fmt::format("\u00b1 {:.3g}", half / kUs);
          entry["extra"] = seen ? fmt::format("{} restarts", difference.restarts.size())
                                : std::string("below resolution");
          json.push_back(std::move(entry));
        }
        for (const auto& arm : {cell.contrast.theirs, cell.contrast.ours}) {
          if (const auto level = arm_level(cell, arm, quantity)) {
            json.push_back({{"name", fmt::format("{} {} {}", cell.id, quantity, arm)},
                            {"unit", "us"},
                            {"value", *level / kUs}});
          }
        }
      });
  return json.dump(1) + "\n";
}

std::string bencher_json(const ReadStudy& study) {
  nlohmann::json json = nlohmann::json::object();
  for_each_time(study,
                [&](const Cell& cell, const std::string& quantity, const Overhead& overhead) {
                  const auto& difference = overhead.difference;
                  json[cell.id + "/" + quantity]["latency"] = {{"value", difference.value},
                                                               {"lower_value", difference.low},
                                                               {"upper_value", difference.high}};
                });
  return json.dump(1) + "\n";
}

std::string run_junit(const ReadStudy& study) {
  using Outcome = loadgen::JunitOutcome;
  std::vector<loadgen::JunitCase> cases;
  for (const auto& cell : study.cells) {
    const bool told = cell.state != State::no_verdict;
    cases.push_back({"overhead." + cell.standup.stack, cell.id,
                     told ? Outcome::passed : Outcome::skipped, state_name(cell.state),
                     told || cell.reasons.empty() ? "" : cell.reasons.front()});
  }
  for (const auto& failure : study.failures) {
    cases.push_back({"overhead", "stand-up", Outcome::error, "not measured", failure});
  }
  return loadgen::junit_xml("overhead run", cases, study.took_s, study.started_at);
}

}  // namespace hopcost::overhead
