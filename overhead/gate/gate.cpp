#include "overhead/gate/gate.hpp"

#include <algorithm>
#include <cmath>
#include <fnmatch.h>

#include <fmt/format.h>

#include "overhead/gate/gate_text.hpp"
#include "overhead/gate/stored.hpp"

namespace hopcost::overhead {
namespace {

/// What makes every figure of the cell worthless, or its restarts no sample, or this quantity of
/// it.
std::string obstacle(const Cell& cell, const std::string& quantity) {
  if (cell.state == State::no_verdict) {
    return cell.reasons.empty() ? "the cell has no verdict" : cell.reasons.front();
  }
  if (const auto* check = fired(cell, "restarts_disagree")) {
    return "restarts_disagree: " + check->evidence;
  }
  if (quantity.ends_with(".p99")) {
    if (const auto* check = fired(cell, "tail_in_bursts")) {
      return "tail_in_bursts: " + check->evidence;
    }
  }
  return {};
}

/// The estimate of what the budget bounds, made anew at `level`; nothing where the record has too
/// little of it.
std::optional<Estimate> bounded(const Cell& cell, const std::string& quantity, Budget::Kind kind,
                                double level) {
  if (kind == Budget::Kind::cost) {
    const auto& cost = quantity == kCpuPerRequest ? cell.cpu_per_request_ns : cell.cpu_per_chunk_ns;
    return cost ? estimate_mean(cost->restarts, level) : std::nullopt;
  }
  if (kind == Budget::Kind::added) {
    const auto found = cell.overheads.find(quantity);
    if (found == cell.overheads.end()) return std::nullopt;
    return estimate_mean(found->second.difference.restarts, level);
  }
  const auto ratios =
      restart_ratios(cell.passes, cell.contrast.ours, cell.contrast.theirs, quantity);
  auto ratio = ratios ? estimate_ratio(*ratios, level) : std::nullopt;
  if (!ratio) return std::nullopt;
  const auto share = [kind](double value) {
    return kind == Budget::Kind::lost ? 1 - value : value - 1;
  };
  Estimate estimate{share(ratio->value), share(ratio->low), share(ratio->high), level, {}};
  if (kind == Budget::Kind::lost) std::swap(estimate.low, estimate.high);
  for (const double value : ratio->restarts) estimate.restarts.push_back(share(value));
  return estimate;
}

/// What the same comparison sees where there is nothing: of an added time, in ns.
double noise_floor(const Cell& cell, const std::string& quantity, double level) {
  const auto found = cell.overheads.find(quantity);
  if (found == cell.overheads.end() || !found->second.null) return 0;
  const auto null = estimate_mean(found->second.null->restarts, level);
  return null ? null->largest_end() : 0;
}

/// How many restarts of this spread would bring the interval to one side of the bound.
std::string restarts_needed(const Estimate& estimate, double bound) {
  const double distance = std::abs(bound - estimate.value);
  const double half = smallest_detectable(estimate);
  constexpr double kMost = 1'000;
  const auto have = static_cast<double>(estimate.restarts.size());
  const double needed = distance > 0 ? std::ceil(have * (half / distance) * (half / distance)) : 0;
  if (needed <= have || needed > kMost) return "it lies at the bound itself";
  return fmt::format("about {:.0f} restarts would tell, this run has {:.0f}", needed, have);
}

/// What stands in the way of a comparison with the stored cell, `then`; null: there is none.
std::string growth_obstacle(const Cell& cell, const Cell* then, const Judged& row) {
  if (then == nullptr) return "the stored run has no such cell";
  auto why = not_comparable(cell, *then, row.budget);
  if (why.empty()) why = obstacle(*then, row.quantity);
  return why;
}

void judge(const Cell& cell, const Cell* then, double level, Judged& row) {
  row.why = obstacle(cell, row.quantity);
  const bool growth = row.budget.needs_stored();
  if (row.why.empty() && growth) row.why = growth_obstacle(cell, then, row);
  if (!row.why.empty()) return;
  const auto kind = row.budget.kind;
  row.estimate = growth ? grown_since(cell, *then, row.quantity, kind, level)
                        : bounded(cell, row.quantity, kind, level);
  if (!row.estimate) {
    row.why = is_cost(row.quantity) && kind == Budget::Kind::relative && !cell.contrast.of_builds()
                  ? "the baseline has no CPU of a stack that it could be a share of"
                  : row.quantity + " was not seen often enough in two restarts";
    return;
  }
  const auto& estimate = *row.estimate;
  const double bound = row.budget.bound;
  row.upper = estimate.high;
  if (kind == Budget::Kind::added) {
    const double noise = noise_floor(cell, row.quantity, level);
    if (noise >= bound) {
      row.why = fmt::format("noise: the noise floor of {} is not below the budget",
                            amount_text(kind, noise));
      return;
    }
    if (estimate.contains_zero()) row.upper = std::max(row.upper, noise);
  }
  const auto range =
      fmt::format("{} to {}", amount_text(kind, estimate.low), amount_text(kind, row.upper));
  if (row.upper < bound) {
    row.verdict = Verdict::pass;
    row.why = fmt::format("at most {}", amount_text(kind, row.upper));
  } else if (estimate.low > bound) {
    row.verdict = Verdict::fail;
    row.why = fmt::format("at least {}", amount_text(kind, estimate.low));
  } else {
    row.why =
        fmt::format("{}, which includes the budget: {}", range, restarts_needed(estimate, bound));
  }
}

bool matches(const Budget& budget, const Cell& cell) {
  return fnmatch(budget.cells.c_str(), cell.id.c_str(), 0) == 0;
}

/// Some quantities only cells of one mode or load have: a budget for "*" is not about the others.
bool is_of(const Budget& budget, const Cell& cell) {
  const auto& quantity = budget.quantity;
  if (quantity == kCpuPerChunk) return cell.asked.mode == Mode::stream;
  return cell.asked.load == Load::latency || is_rate(quantity) || is_cost(quantity);
}

}  // namespace

GateReport judge_budgets(const ReadStudy& study, const Budgets& budgets, const ReadStudy* stored) {
  GateReport report;
  std::vector<const Cell*> cells;  // beside the rows; null: none matches
  for (const auto& budget : budgets.list) {
    const std::size_t before = report.rows.size();
    for (const auto& cell : study.cells) {
      const auto quantity =
          budget.quantity == "headline" ? std::string(cell.headline()) : budget.quantity;
      if (!matches(budget, cell) || !is_of(budget, cell)) continue;
      report.rows.push_back({cell.id, quantity, budget, {}, 0, Verdict::no_verdict, {}});
      cells.push_back(&cell);
    }
    if (report.rows.size() > before) continue;
    report.rows.push_back({budget.cells,
                           budget.quantity,
                           budget,
                           {},
                           0,
                           Verdict::no_verdict,
                           "no cell of this run matches"});
    cells.push_back(nullptr);
  }
  const auto intervals =
      cells.size() - static_cast<std::size_t>(std::ranges::count(cells, nullptr));
  // A run that could have ended at an earlier look was looked at more than once.
  int looks = 1;
  for (const Cell* cell : cells) looks = cell != nullptr ? std::max(looks, cell->looks) : looks;
  report.level =
      1 - (1 - budgets.confidence) / static_cast<double>(std::max<std::size_t>(1, intervals) *
                                                         static_cast<std::size_t>(looks));
  const auto another = stored != nullptr ? other_machine(study, *stored) : "no --stored run given";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    auto& row = report.rows[i];
    if (cells[i] == nullptr) continue;
    if (row.budget.needs_stored() && !another.empty()) {
      row.why = another;
      continue;
    }
    const Cell* then = stored != nullptr ? stored_cell(*cells[i], *stored) : nullptr;
    judge(*cells[i], then, report.level, row);
  }
  const auto any = [&](Verdict verdict) {
    return std::ranges::find(report.rows, verdict, &Judged::verdict) != report.rows.end();
  };
  report.verdict = any(Verdict::fail)         ? Verdict::fail
                   : any(Verdict::no_verdict) ? Verdict::no_verdict
                                              : Verdict::pass;
  return report;
}

}  // namespace hopcost::overhead
