#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hopcost::overhead {

/// A table whose cells are shaded by what they say.
struct HeatMap {
  struct Cell {
    std::string text;             ///< "23.1", "< 4.0", "no verdict"
    std::optional<double> value;  ///< what shades it; nothing: not shaded
  };
  struct Row {
    std::string name;
    std::vector<std::optional<Cell>> cells;  ///< one a column; nothing: was not measured
  };
  std::string title;
  std::string note;
  std::string x_label;
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

/// As SVG; rows beyond 60 are counted, not drawn. Darker is more, by its logarithm.
[[nodiscard]] std::string svg_of(const HeatMap& map);

}  // namespace hopcost::overhead
