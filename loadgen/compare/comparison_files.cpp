#include "loadgen/compare/comparison_files.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/status_line.hpp"
#include "common/version_text.hpp"
#include "loadgen/output/html.hpp"
#include "loadgen/output/markdown.hpp"
#include "web/page.hpp"

namespace hopcost::loadgen {
namespace {

constexpr std::string_view kCaveat =
    "Means over runs, with 95 % intervals (Student's t over runs; of a single run, of its requests "
    "alone). A change of a machine between runs counts as a difference, unless they were made in "
    "turn.";

std::string number_of(const Figure& figure, double value) {
  return std::isfinite(value) ? figure.text_of(value) : "?";
}

std::string cell(const Figure& figure, const Standing& standing) {
  if (!standing.value) return "n/a";
  const auto value = figure.text_of(*standing.value);
  if (!standing.range) return value;
  return fmt::format("{} [{}, {}]", value, number_of(figure, standing.range->low),
                     number_of(figure, standing.range->high));
}

std::string best_of(const Comparison& comparison, const ComparedFigure& compared) {
  if (compared.best) return printable(comparison.contestants[*compared.best].name);
  return fmt::format("cannot tell: {}", compared.why_not);
}

std::vector<std::vector<std::string>> rows_of(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows(1);
  rows[0].emplace_back("figure");
  for (const auto& one : comparison.contestants) rows[0].push_back(printable(one.name));
  rows[0].emplace_back("best");
  for (const auto& compared : comparison.figures) {
    auto& row = rows.emplace_back();
    row.push_back(compared.figure.name());
    for (const auto& standing : compared.standings) row.push_back(cell(compared.figure, standing));
    row.push_back(best_of(comparison, compared));
  }
  return rows;
}

std::string runs_text(const Comparison& comparison) {
  std::string text;
  for (const auto& one : comparison.contestants) {
    const auto all = one.together();
    text += fmt::format("{}: {} run{}, {} requests, model {}, {}{}\n", printable(one.name),
                        one.runs.size(), one.runs.size() == 1 ? "" : "s", all.result.counters.sent,
                        printable(models_text(all.options)), all.options.targets.front().url(),
                        all.scenario.empty() ? "" : ", " + all.scenario);
  }
  return text;
}

nlohmann::json json_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

std::string_view unit_name(Figure::Unit unit) {
  switch (unit) {
    case Figure::Unit::time:
      return "ns";
    case Figure::Unit::share:
      return "share";
    case Figure::Unit::rate:
      return "1/s";
    default:
      return "count";
  }
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  const auto rows = rows_of(comparison);
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out = runs_text(comparison) + "\n";
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out += last ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    out += "\n";
  }
  return out + fmt::format("\n{}\n", kCaveat);
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string out;
  const auto rows = rows_of(comparison);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += "|";
    for (const auto& text : rows[r]) out += fmt::format(" {} |", markdown_cell(text));
    out += "\n";
    if (r > 0) continue;
    out += "|";
    for (std::size_t i = 0; i < rows[r].size(); ++i) out += "---|";
    out += "\n";
  }
  return out + fmt::format("\n{}\n", kCaveat);
}

nlohmann::json comparison_json(const Comparison& comparison) {
  nlohmann::json json{{"schema", "hopcost.loadgen-comparison/1"}, {"version", version_text()}};
  json["contestants"] = nlohmann::json::array();
  for (const auto& one : comparison.contestants) {
    const auto all = one.together();
    json["contestants"].push_back({{"name", one.name},
                                   {"runs", one.runs.size()},
                                   {"url", all.options.targets.front().url()},
                                   {"model", models_text(all.options)},
                                   {"target", all.target},
                                   {"scenario", all.scenario},
                                   {"valid", all.judgement.valid()},
                                   {"sent", all.result.counters.sent},
                                   {"ok", all.result.counters.ok}});
  }
  json["figures"] = nlohmann::json::array();
  for (const auto& compared : comparison.figures) {
    auto standings = nlohmann::json::array();
    for (const auto& one : compared.standings) {
      standings.push_back(
          {{"value", json_or_null(one.value)},
           {"low", one.range ? json_or_null(one.range->low) : nlohmann::json(nullptr)},
           {"high", one.range ? json_or_null(one.range->high) : nlohmann::json(nullptr)},
           {"each_run", one.each_run}});
    }
    json["figures"].push_back(
        {{"figure", compared.figure.name()},
         {"unit", unit_name(compared.figure.unit())},
         {"more_is_better", compared.more_is_better},
         {"standings", standings},
         {"best", compared.best ? nlohmann::json(*compared.best) : nlohmann::json(nullptr)},
         {"why_not", compared.why_not}});
  }
  return json;
}

Result<std::string> comparison_page(const Comparison& comparison) {
  auto data = comparison_json(comparison);
  data["caveat"] = kCaveat;
  for (std::size_t i = 0; i < comparison.contestants.size(); ++i) {
    data["contestants"][i]["run"] = page_data(comparison.contestants[i].together());
  }
  return web::page(data);
}

}  // namespace hopcost::loadgen
