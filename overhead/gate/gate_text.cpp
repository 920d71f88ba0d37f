#include "overhead/gate/gate_text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/status_line.hpp"
#include "loadgen/output/junit_xml.hpp"
#include "loadgen/output/markdown.hpp"
#include "overhead/output/columns.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kPercent = 100;

/// "at most 500us", as the budget says it.
std::string bound_text(const Budget& budget) {
  const auto* const verb = budget.kind == Budget::Kind::lost ? "loses "
                           : budget.needs_stored()           ? "grows "
                                                             : "";
  return fmt::format("{}at most {}", verb, budget.text);
}

std::string interval_text(const Judged& row) {
  if (!row.estimate) return "-";
  const auto kind = row.budget.kind;
  return fmt::format("{} [{}, {}]", amount_text(kind, row.estimate->value),
                     amount_text(kind, row.estimate->low), amount_text(kind, row.estimate->high));
}

std::string verdict_line(const GateReport& report) {
  const auto count = [&](Verdict verdict) {
    return std::ranges::count(report.rows, verdict, &Judged::verdict);
  };
  return fmt::format("{}: {} passed, {} failed, {} without a verdict; intervals of {:.2f} %",
                     verdict_name(report.verdict), count(Verdict::pass), count(Verdict::fail),
                     count(Verdict::no_verdict), kPercent * report.level);
}

std::string subject(const Judged& row) {
  switch (row.budget.kind) {
    case Budget::Kind::cost:
      return fmt::format("the stack's {} is", row.quantity);
    case Budget::Kind::lost:
      return fmt::format("of {} the stack loses", row.quantity);
    case Budget::Kind::grown:
    case Budget::Kind::grown_share:
      return fmt::format("since the stored run {} has grown by", row.quantity);
    default:
      return fmt::format("the stack adds to {}", row.quantity);
  }
}

std::string sentence(const Judged& row, double level) {
  std::string text = fmt::format("{}: ", row.cell);
  if (row.estimate) {
    const auto kind = row.budget.kind;
    text += fmt::format(
        "{} {}, with {:.2f} % confidence from {} to {}; the budget is {}. The smallest change that "
        "{} restarts of this spread tell is {}. ",
        subject(row), amount_text(kind, row.estimate->value), kPercent * level,
        amount_text(kind, row.estimate->low), amount_text(kind, row.estimate->high),
        row.budget.text, row.estimate->restarts.size(),
        amount_text(kind, smallest_detectable(*row.estimate)));
  }
  return text + fmt::format("{}: {}.", verdict_name(row.verdict), row.why);
}

}  // namespace

std::string amount_text(Budget::Kind kind, double amount) {
  if (kind == Budget::Kind::relative || kind == Budget::Kind::lost ||
      kind == Budget::Kind::grown_share) {
    return fmt::format("{:.1f} %", kPercent * amount);
  }
  constexpr double kUs = 1e3;
  return fmt::format("{:.1f} us", amount / kUs);
}

std::string gate_table(const GateReport& report) {
  std::vector<std::vector<std::string>> rows{{"cell", "quantity", "budget", "measured", "verdict"}};
  for (const auto& row : report.rows) {
    rows.push_back({row.cell, row.quantity, bound_text(row.budget), interval_text(row),
                    fmt::format("{}: {}", verdict_name(row.verdict), row.why)});
  }
  return aligned(rows) + "\n" + verdict_line(report) + "\n";
}

std::string gate_explanation(const GateReport& report) {
  std::string text;
  for (const auto& row : report.rows) text += sentence(row, report.level) + "\n";
  text += fmt::format("{}\n", verdict_line(report));
  return printable_lines(text);
}

std::string gate_markdown(const GateReport& report) {
  std::string text = fmt::format("**{}**\n\n", verdict_line(report));
  text += "| cell | quantity | budget | measured | verdict |\n|---|---|---|---|---|\n";
  for (const auto& row : report.rows) {
    text +=
        fmt::format("| {} | {} | {} | {} | {}: {} |\n", loadgen::markdown_cell(printable(row.cell)),
                    row.quantity, bound_text(row.budget), interval_text(row),
                    verdict_name(row.verdict), loadgen::markdown_cell(printable(row.why)));
  }
  return text;
}

nlohmann::json gate_json(const GateReport& report, const ReadStudy& study) {
  auto rows = nlohmann::json::array();
  for (const auto& row : report.rows) {
    nlohmann::json json{{"cell", row.cell},
                        {"quantity", row.quantity},
                        {"budget", bound_text(row.budget)},
                        {"bound", row.budget.bound},
                        {"verdict", verdict_name(row.verdict)},
                        {"why", row.why},
                        {"estimate", nullptr}};
    if (row.estimate) {
      json["estimate"] = {{"value", row.estimate->value},
                          {"low", row.estimate->low},
                          {"high", row.estimate->high},
                          {"at_most", row.upper},
                          {"smallest_detectable", smallest_detectable(*row.estimate)}};
    }
    rows.push_back(std::move(json));
  }
  return {{"schema", "hopcost.gate/1"},
          {"run", study.file.string()},
          {"verdict", verdict_name(report.verdict)},
          {"level", report.level},
          {"budgets", rows}};
}

std::string gate_junit(const GateReport& report, const ReadStudy& study) {
  using Outcome = loadgen::JunitOutcome;
  std::vector<loadgen::JunitCase> cases;
  for (const auto& row : report.rows) {
    auto outcome = Outcome::passed;
    if (row.verdict == Verdict::fail) outcome = Outcome::failure;
    if (row.verdict == Verdict::no_verdict) {
      outcome = row.estimate ? Outcome::skipped : Outcome::error;
    }
    cases.push_back({"overhead." + row.cell,
                     fmt::format("{} {}", row.quantity, bound_text(row.budget)), outcome,
                     verdict_name(row.verdict), row.why});
  }
  return loadgen::junit_xml("overhead gate", cases, study.took_s, study.started_at);
}

}  // namespace hopcost::overhead
