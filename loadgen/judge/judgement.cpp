#include "loadgen/judge/judgement.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

/// Whoever says how many errors are too many has said how many are not.
bool judges_errors(const Options& options) {
  const auto of_errors = [](const Threshold& threshold) {
    const auto& name = threshold.figure.name();
    return name == "errors" || name == "success" || name == "failed";
  };
  return std::ranges::any_of(options.fail_if, of_errors) ||
         std::ranges::any_of(options.stop_if, of_errors);
}

std::vector<Fault> find_faults(const Options& options, const RunResult& result) {
  constexpr double kErrors = 0.001;
  constexpr double kRate = 0.99;
  std::vector<Fault> faults;
  const auto& c = result.counters;
  if (c.sent == 0) faults.push_back({"errors", "no request was sent inside the measured window"});
  if (result.error_share() > kErrors && !judges_errors(options)) {
    faults.push_back({"errors", fmt::format("{} of {} requests failed", c.failed(), c.sent)});
  }
  if (const auto broken = c.failures[static_cast<std::size_t>(Failure::broken_stream)];
      broken > 0) {
    faults.push_back({"stream_broken", fmt::format("{} broken streams", broken)});
  }
  if (options.open_loop() && result.measured_ns > 0) {
    const double due = static_cast<double>(c.sent + c.unsent);
    if (due > 0 && static_cast<double>(c.sent) < kRate * due) {
      faults.push_back(
          {"rate_missed", fmt::format("{} of {} requests that were due were sent: raise "
                                      "--max-in-flight or lower --rate",
                                      c.sent, c.sent + c.unsent)});
    }
  }
  if (options.open_loop() && result.generator_busy_share > kBusyShare) {
    faults.push_back(
        {"generator_saturated", fmt::format("a generator thread was busy {:.0f} % of the time",
                                            100 * result.generator_busy_share)});
  }
  return faults;
}

ThresholdOutcome outcome_of(const Threshold& threshold, const RunResult& result) {
  const auto value = threshold.figure.value(result);
  return {threshold, value, value && threshold.is_true_of(*value)};
}

TargetOutcome outcome_of_target(const Threshold& target, const RunResult& result) {
  TargetOutcome outcome{target, target.figure.value(result), target.figure.range(result)};
  outcome.compliant = outcome.value && target.is_true_of(*outcome.value);
  if (!outcome.range) return outcome;
  const bool low = target.is_true_of(outcome.range->low);
  const bool high = target.is_true_of(outcome.range->high);
  if (low && high) outcome.verdict = TargetOutcome::Verdict::met;
  if (!low && !high) outcome.verdict = TargetOutcome::Verdict::missed;
  return outcome;
}

}  // namespace

std::string_view name_of(TargetOutcome::Verdict verdict) {
  constexpr std::array<std::string_view, 3> kNames{"met", "missed", "undecided"};
  return kNames[static_cast<std::size_t>(verdict)];
}

int Judgement::exit_code() const {
  if (!valid()) return 2;
  return std::ranges::any_of(thresholds, &ThresholdOutcome::crossed) ? 1 : 0;
}

Judgement judge(const Options& options, const RunResult& result) {
  Judgement judgement{find_faults(options, result), {}, {}};
  for (const auto& threshold : options.fail_if) {
    judgement.thresholds.push_back(outcome_of(threshold, result));
    if (judgement.thresholds.back().value) continue;
    judgement.faults.push_back(
        {"threshold_untold", fmt::format("too few samples to tell whether {}", threshold.text)});
  }
  for (const auto& target : options.service_level.targets) {
    judgement.targets.push_back(outcome_of_target(target, result));
  }
  return judgement;
}

}  // namespace hopcost::loadgen
