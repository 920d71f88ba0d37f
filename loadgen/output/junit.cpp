#include <string>
#include <vector>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "loadgen/output/junit_xml.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

using Outcome = JunitOutcome;

std::string figure_class(const Threshold& threshold) {
  const auto& name = threshold.figure.name();
  return "loadgen." + name.substr(0, name.find('.'));
}

std::string value_text(const Threshold& threshold, std::optional<double> value) {
  return fmt::format("{} is {}", threshold.figure.name(),
                     value ? threshold.figure.text_of(*value) : "not known");
}

std::vector<JunitCase> cases_of(const Judgement& judgement) {
  std::vector<JunitCase> cases;
  if (judgement.valid()) cases.push_back({"loadgen", "the run is valid", {}, {}, {}});
  for (const auto& fault : judgement.faults) {
    cases.push_back({"loadgen", fault.code, Outcome::error, "not_valid", fault.evidence});
  }
  for (const auto& [threshold, value, crossed] : judgement.thresholds) {
    const auto outcome = crossed ? Outcome::failure : value ? Outcome::passed : Outcome::skipped;
    cases.push_back({figure_class(threshold), "not " + threshold.text, outcome, "threshold",
                     value_text(threshold, value)});
  }
  for (const auto& target : judgement.targets) {
    using Verdict = TargetOutcome::Verdict;
    const auto outcome = target.verdict == Verdict::met      ? Outcome::passed
                         : target.verdict == Verdict::missed ? Outcome::failure
                                                             : Outcome::skipped;
    cases.push_back(
        {figure_class(target.target), target.target.text, outcome, "target",
         fmt::format("{}: {}", name_of(target.verdict), value_text(target.target, target.value))});
  }
  return cases;
}

}  // namespace

/// One case a threshold, a target, and a reason why the run is not valid.
std::vector<OutputFile> render_junit(const RunRecord& record) {
  return {{"junit.xml", junit_xml("loadgen", cases_of(record.judgement), record.result.length_s(),
                                  utc_text(record.started_at_ns))}};
}

}  // namespace hopcost::loadgen
