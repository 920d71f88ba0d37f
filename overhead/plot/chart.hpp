#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hopcost::overhead {

/// A point of a line; `interval` is drawn as a whisker where there is one.
struct PlotPoint {
  double x = 0;
  double y = 0;
  std::optional<std::pair<double, double>> interval;
};

struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  ///< rising x
  bool reference = false;         ///< grey and dashed: what the others are compared with
  bool joined = true;             ///< else points only
  bool marked = true;             ///< else the line only
};

/// One panel.
struct PlotChart {
  std::string title;
  std::string note;  ///< what is drawn, and how many of it: "medians; n = 10 restarts a point"
  std::string x_label;
  std::string y_label;  ///< with its unit
  bool x_log = false;   ///< to base 2, labelled where points stand
  std::vector<PlotLine> lines;
  bool from_zero = true;  ///< else the y axis begins where the points do: for levels
  bool y_log = false;     ///< where all is above zero
  bool aside = true;      ///< points of several lines at one x stand beside each other
  std::vector<std::pair<double, std::string>> x_ticks =
      {};  ///< instead of labels where points stand
  std::string nothing =
      "nothing to draw: no cell has a verdict";        ///< said where no line has a point
  std::optional<std::pair<double, double>> band = {};  ///< shaded across: an interval of the whole
};

/// The panels as one SVG, two beside each other where there are several; one of more than 12 lines
/// becomes several, with the references in each. Text is escaped, long names are shortened, no
/// label overlaps another. A panel without lines says so.
[[nodiscard]] std::string svg_of(const std::vector<PlotChart>& charts);

}  // namespace hopcost::overhead
