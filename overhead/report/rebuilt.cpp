#include "overhead/report/rebuilt.hpp"

#include <cstdlib>

namespace hopcost::overhead {

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
