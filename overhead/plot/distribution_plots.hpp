#pragma once

#include "common/histogram.hpp"
#include "overhead/plot/cell_words.hpp"
#include "overhead/plot/chart.hpp"
#include "overhead/plot/plots.hpp"

namespace hopcost::overhead {

/// Times on HdrHistogram's axis, which stretches towards 100 %; `lines` come from
/// distribution_line(). `note` and the counts stand above it.
[[nodiscard]] PlotChart distribution_chart(const std::string& title, const std::string& note,
                                           std::vector<PlotLine> lines);
/// In ms, as far as ten samples lie beyond.
[[nodiscard]] PlotLine distribution_line(const std::string& name, const Histogram& ns);

/// `distribution_unary_c8`, `distribution_stream_c8`, ...: of each load the whole request (and of
/// streams the first token and the gap between chunks), a line a stand-up, one for the backend
/// alone.
void put_distributions(Pictures& out, const Cells& cells);

}  // namespace hopcost::overhead
