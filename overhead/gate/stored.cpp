#include "overhead/gate/stored.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "overhead/gate/gate_text.hpp"

namespace hopcost::overhead {
namespace {

/// One value a restart; null where the record has none.
const std::vector<double>* restarts_of(const Cell& cell, const std::string& quantity) {
  if (is_cost(quantity)) {
    const auto& cost = quantity == kCpuPerRequest ? cell.cpu_per_request_ns : cell.cpu_per_chunk_ns;
    return cost ? &cost->restarts : nullptr;
  }
  const auto found = cell.overheads.find(quantity);
  return found == cell.overheads.end() ? nullptr : &found->second.difference.restarts;
}

std::vector<double> logarithms(const std::vector<double>& values) {
  std::vector<double> logs;
  for (const double value : values) logs.push_back(std::log(value));
  return logs;
}

/// The pilot lengthens a delay by what it measures: about the same is the same load.
bool about(Nanos now, Nanos then) {
  constexpr Nanos kTenth = 10;
  return std::abs(now - then) <= then / kTenth;
}

bool same_load(const Cell& now, const Cell& then) {
  return now.prompt_tokens == then.prompt_tokens &&
         now.scenario.output_tokens == then.scenario.output_tokens &&
         about(now.scenario.ttft, then.scenario.ttft) && about(now.scenario.itl, then.scenario.itl);
}

std::string ms_text(double ns) {
  return fmt::format("{:.3f} ms", ns / 1e6);
}

}  // namespace

std::string other_machine(const ReadStudy& now, const ReadStudy& stored) {
  const auto differing = differences_text(now.machine, stored.machine);
  if (differing.empty()) return {};
  return fmt::format("the stored run was made on another machine: {}", differing);
}

const Cell* stored_cell(const Cell& now, const ReadStudy& stored) {
  const auto found = std::ranges::find(stored.cells, now.id, &Cell::id);
  return found == stored.cells.end() ? nullptr : &*found;
}

std::string not_comparable(const Cell& now, const Cell& then, const Budget& budget) {
  if (then.state == State::no_verdict) return "the stored cell has no verdict";
  if (!same_load(now, then)) {
    return "the stored cell was measured with other lengths or delays";
  }
  const auto& alone = now.contrast.theirs;
  const auto here = arm_level(now, alone, now.headline());
  const auto there = arm_level(then, alone, then.headline());
  if (!here || !there || *there <= 0) return "the backend alone was not seen in both runs";
  const double moved = budget.kind == Budget::Kind::grown_share ? std::abs(*here / *there - 1)
                                                                : std::abs(*here - *there);
  if (moved < budget.bound) return {};
  return fmt::format(
      "{} of the backend alone is {} now and was {}: the machine has moved by {}, no less than the "
      "budget",
      now.headline(), ms_text(*here), ms_text(*there), amount_text(budget.kind, moved));
}

std::optional<Estimate> grown_since(const Cell& now, const Cell& then, const std::string& quantity,
                                    Budget::Kind kind, double level) {
  const auto* here = restarts_of(now, quantity);
  const auto* there = restarts_of(then, quantity);
  if (here == nullptr || there == nullptr) return std::nullopt;
  if (kind == Budget::Kind::grown) return estimate_shift(*here, *there, level);
  const auto positive = [](double value) { return value > 0; };
  if (!std::ranges::all_of(*here, positive) || !std::ranges::all_of(*there, positive)) {
    return std::nullopt;
  }
  auto estimate = estimate_shift(logarithms(*here), logarithms(*there), level);
  if (!estimate) return std::nullopt;
  const auto share = [](double& value) { value = std::exp(value) - 1; };
  share(estimate->value);
  share(estimate->low);
  share(estimate->high);
  std::ranges::for_each(estimate->restarts, share);
  return estimate;
}

}  // namespace hopcost::overhead
