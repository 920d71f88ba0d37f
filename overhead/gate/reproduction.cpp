#include "overhead/gate/reproduction.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "overhead/gate/stored.hpp"
#include "overhead/output/columns.hpp"

namespace hopcost::overhead {
namespace {

bool was_told(const Cell& cell) {
  return cell.asked.load == Load::latency && cell.state != State::no_verdict &&
         cell.overheads.contains(cell.headline());
}

/// The change that counts as none.
double allowed(const Overhead& before, const Overhead& again, double tolerance) {
  return std::max(
      {tolerance * std::abs(before.difference.value), before.noise_floor(), again.noise_floor()});
}

Reproduced judge(const Cell& before, const ReadStudy& run, double tolerance, double level) {
  Reproduced row;
  row.cell = before.id;
  row.quantity = before.headline();
  const Cell* const again = stored_cell(before, run);
  if (again == nullptr || again->state == State::no_verdict) {
    row.why = again == nullptr         ? "it was not measured again"
              : again->reasons.empty() ? "it has no verdict now"
                                       : "it has no verdict now: " + again->reasons.back();
    return row;
  }
  row.change = grown_since(*again, before, row.quantity, Budget::Kind::grown, level);
  if (!row.change) {
    row.why = "there are too few restarts";
    return row;
  }
  row.allowed_ns =
      allowed(before.overheads.at(row.quantity), again->overheads.at(row.quantity), tolerance);
  const auto& change = *row.change;
  if (change.low >= -row.allowed_ns && change.high <= row.allowed_ns) {
    row.verdict = Verdict::pass;
  } else if (change.low > row.allowed_ns || change.high < -row.allowed_ns) {
    row.verdict = Verdict::fail;
  } else {
    row.why =
        fmt::format("the interval of the change is too wide for +-{:.1f} us", row.allowed_ns / 1e3);
  }
  return row;
}

const char* word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "reproduced";
    case Verdict::fail:
      return "differs";
    case Verdict::no_verdict:
      break;
  }
  return "cannot tell";
}

}  // namespace

Verdict Reproduction::verdict() const {
  const auto is = [](Verdict wanted) {
    return [wanted](const Reproduced& row) { return row.verdict == wanted; };
  };
  if (std::ranges::any_of(cells, is(Verdict::fail))) return Verdict::fail;
  if (cells.empty() || !std::ranges::all_of(cells, is(Verdict::pass))) return Verdict::no_verdict;
  return Verdict::pass;
}

Reproduction judge_reproduction(const ReadStudy& before, const ReadStudy& again, double tolerance) {
  Reproduction all;
  all.tolerance = tolerance;
  all.environments = differences_text(again.machine, before.machine);
  const auto versions = differences_text(again.versions, before.versions);
  if (!all.environments.empty() && !versions.empty()) all.environments += "; ";
  all.environments += versions;
  constexpr double kWrong = 0.05;
  const auto told = std::ranges::count_if(before.cells, was_told);
  const double level = 1 - kWrong / static_cast<double>(std::max<std::ptrdiff_t>(1, told));
  for (const auto& cell : before.cells) {
    if (was_told(cell)) all.cells.push_back(judge(cell, again, tolerance, level));
  }
  return all;
}

std::string reproduction_text(const Reproduction& reproduction) {
  std::string out;
  if (!reproduction.environments.empty()) {
    out += fmt::format("The environments differ: {}\n\n", reproduction.environments);
  }
  std::vector<std::vector<std::string>> rows{
      {"cell", "quantity", "changed by, us", "counts as none", "verdict"}};
  for (const auto& row : reproduction.cells) {
    rows.push_back({row.cell, row.quantity,
                    row.change ? fmt::format("{:+.1f} [{:.1f}, {:.1f}]", row.change->value / 1e3,
                                             row.change->low / 1e3, row.change->high / 1e3)
                               : "-",
                    row.change ? fmt::format("{:.1f}", row.allowed_ns / 1e3) : "-",
                    row.why.empty() ? word_of(row.verdict)
                                    : fmt::format("{}: {}", word_of(row.verdict), row.why)});
  }
  if (reproduction.cells.empty()) {
    out += "The run had no cell with a verdict: there is nothing to reproduce.\n";
  } else {
    out += aligned(rows);
  }
  return out + fmt::format("\n{}\n", word_of(reproduction.verdict()));
}

}  // namespace hopcost::overhead
