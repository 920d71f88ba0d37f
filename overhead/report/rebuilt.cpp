#include "overhead/report/rebuilt.hpp"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

namespace hopcost::overhead {

namespace {

/// A record has what a cell was measured with; which of it varied, only the plan knows.
void as_planned(Study& study) {
  std::map<std::string, std::pair<StandupPlan, Level>> plan;
  for (const auto& standup : plan_standups(study.experiment)) {
    for (const auto& level : standup.levels) {
      plan.emplace(cell_id(standup, level), std::pair(standup, level));
    }
  }
  for (auto& cell : study.cells) {
    const auto found = plan.find(cell.id);
    if (found == plan.end()) continue;
    cell.standup = found->second.first;
    cell.asked = found->second.second;
  }
}

}  // namespace

Result<Study> rebuilt(const ReadStudy& read) {
  auto experiment = experiment_from_text(read.config, read.file.string() + ": config");
  if (!experiment) return std::unexpected(experiment.error());
  Study study;
  study.experiment = std::move(*experiment);
  const auto fact = [&](const char* name) {
    const auto found = read.machine.find(name);
    return found == read.machine.end() ? std::string() : found->second;
  };
  study.machine.cpu_model = fact("cpu");
  study.machine.cpus = std::atoi(fact("cpus").c_str());
  study.machine.kernel = fact("kernel");
  study.machine.governor = fact("governor");
  study.machine.clock_source = fact("clock_source");
  study.placement.note = fact("placement");
  study.started_at = read.started_at;
  study.resumed_at = read.resumed_at;
  study.took_s = read.took_s;
  study.cut_short = read.cut_short;
  study.versions = read.versions;
  study.cells = read.cells;
  as_planned(study);
  study.left_out = read.left_out;
  for (const auto& failure : read.failures) {
    study.failures.push_back({ErrorCode::unreachable, failure, {}});
  }
  study.scaling = scaling_of(study.cells, study.machine.cpus);
  study.slopes = slopes_of(study.cells);
  study.ratios = replica_ratios(study.cells);
  return study;
}

}  // namespace hopcost::overhead
