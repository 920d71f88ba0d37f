#include "loadgen/judge/judging_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "loadgen/judge/stepped_figures.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

void add_judging_options(CLI::App& group, RawJudging& raw) {
  group
      .add_option("--slo", raw.service_levels,
                  "Objectives of each request, ttft=500ms,tpot=30ms, for the goodput; or a set: "
                  "mlperf-interactive, mlperf-standard, production, testing (repeatable)")
      ->type_name("LIST")
      ->default_str("");
  group
      .add_option("--fail-if", raw.fail_if,
                  "Exit 1 where this is true: ttft.p95>500ms, errors>1%, goodput<99% (repeatable)")
      ->type_name("FIGURE>VALUE")
      ->default_str("");
  group
      .add_option("--stop-if", raw.stop_if,
                  "End the run when this is true of the last 5 s: errors>5%, e2e.p95>2s "
                  "(repeatable); that is its result, not a fault")
      ->type_name("FIGURE>VALUE")
      ->default_str("");
}

Result<void> read_judging(const RawJudging& raw, Options& run) {
  for (const auto& text : raw.service_levels) {
    if (const auto added = add_service_level(text, run.service_level); !added) {
      return fail(ErrorCode::usage, "--slo: " + added.error().message);
    }
  }
  for (const auto& text : raw.stop_if) {
    const auto threshold = parse_threshold(text);
    if (!threshold) return fail(ErrorCode::usage, "--stop-if: " + threshold.error().message);
    if (!SteppedFigures::has(threshold->figure)) {
      return fail(ErrorCode::usage, fmt::format("--stop-if: {} is not known second by second; {}",
                                                threshold->figure.name(), SteppedFigures::names()));
    }
    run.stop_if.push_back(*threshold);
  }
  for (const auto& text : raw.fail_if) {
    const auto threshold = parse_threshold(text);
    if (!threshold) return fail(ErrorCode::usage, "--fail-if: " + threshold.error().message);
    if (threshold->figure.name() == "goodput" && run.service_level.objectives.empty()) {
      return fail(ErrorCode::usage, "--fail-if: goodput needs --slo to say what is good");
    }
    run.fail_if.push_back(*threshold);
  }
  return {};
}

}  // namespace hopcost::loadgen
