#include "overhead/plot/heat_map.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "overhead/plot/svg.hpp"

namespace hopcost::overhead {
namespace {

constexpr std::size_t kMostRows = 60;
constexpr double kTop = 96;
constexpr double kRowHeight = 26;
constexpr double kLeft = 18;
constexpr double kLeastColumn = 72;

double width_of(const std::string& text) {
  return kLetterWidth * static_cast<double>(text.size()) + 18;
}

/// From 0, the least, to 1.
double share_of(double value, double least, double most) {
  if (!(most > least)) return 1;
  return std::log(std::max(value, least) / least) / std::log(most / least);
}

void put_cell(SvgOut out, const HeatMap::Cell& cell, double x, double y, double width, double least,
              double most) {
  const double share = cell.value && *cell.value > 0 ? share_of(*cell.value, least, most) : -1;
  if (share >= 0) {
    constexpr double kPalest = 0.06;
    constexpr double kDeepest = 0.62;
    fmt::format_to(out,
                   "<rect fill=\"#c14f00\" fill-opacity=\"{:.3f}\" x=\"{:.1f}\" y=\"{:.1f}\" "
                   "width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                   kPalest + (kDeepest - kPalest) * share, x + 1, y + 1, width - 2, kRowHeight - 2);
  }
  put_text(out, x + width / 2, y + 17, cell.text,
           share >= 0 ? " class=\"middle\"" : " class=\"soft middle\"");
}

}  // namespace

std::string svg_of(const HeatMap& map) {
  const auto shown = std::min(map.rows.size(), kMostRows);
  double names = 120;
  double column = kLeastColumn;
  double least = HUGE_VAL;
  double most = 0;
  for (const auto& name : map.columns) column = std::max(column, width_of(name));
  for (std::size_t i = 0; i < shown; ++i) {
    names = std::max(names, width_of(shortened(map.rows[i].name)));
    for (const auto& cell : map.rows[i].cells) {
      if (!cell) continue;
      column = std::max(column, width_of(cell->text));
      if (!cell->value || *cell->value <= 0) continue;
      least = std::min(least, *cell->value);
      most = std::max(most, *cell->value);
    }
  }
  const auto note = shown < map.rows.size()
                        ? fmt::format("{}; {} of {} rows", map.note, shown, map.rows.size())
                        : map.note;
  const double width =
      std::max({kLeft + names + column * static_cast<double>(map.columns.size()) + kLeft,
                width_of(note) + 2 * kLeft, 1.4 * width_of(map.title) + 2 * kLeft});
  std::string body;
  const auto out = std::back_inserter(body);
  put_text(out, kLeft, 28, map.title, " class=\"title\"");
  put_text(out, kLeft, 48, note, " class=\"soft\"");
  put_text(out, kLeft + names, 70, map.x_label, " class=\"soft\"");
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    put_text(out, kLeft + names + column * (static_cast<double>(i) + 0.5), kTop - 8, map.columns[i],
             " class=\"soft middle\"");
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& row = map.rows[i];
    const double y = kTop + kRowHeight * static_cast<double>(i);
    put_text(out, kLeft, y + 17, shortened(row.name));
    for (std::size_t k = 0; k < row.cells.size(); ++k) {
      const double x = kLeft + names + column * static_cast<double>(k);
      const auto& cell = row.cells[k];
      put_cell(out, cell ? *cell : HeatMap::Cell{"–", {}}, x, y, column, least, most);
    }
  }
  if (shown == 0) put_text(out, kLeft, kTop + 17, "nothing was measured", " class=\"soft\"");
  return svg_document(
      width, kTop + kRowHeight * static_cast<double>(std::max<std::size_t>(1, shown)) + 14, body);
}

}  // namespace hopcost::overhead
