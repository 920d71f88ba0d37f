#pragma once

#include <map>
#include <optional>
#include <string>

#include "loadgen/record.hpp"
#include "overhead/plot/chart.hpp"

namespace hopcost::overhead {

/// A figure of a load ("e2e.p50") in units of `unit`, with the interval of its own requests where
/// there is one, to be drawn at `x`; nothing where the load cannot tell.
[[nodiscard]] std::optional<PlotPoint> figure_point(const loadgen::Measurement& load,
                                                    const std::string& figure, double unit,
                                                    double x);

/// What the stages of a load run give, as the pictures of llm-d's benchmark, by file's name without
/// its ending, as SVG: latency_vs_qps (request latency, time to first token, between chunks, each
/// median and 95th percentile), throughput_vs_qps (requests and output tokens) against the rate
/// that was asked for (in a closed loop: that was reached), throughput_vs_latency.
[[nodiscard]] std::map<std::string, std::string> rate_charts(const loadgen::RunRecord& run);

}  // namespace hopcost::overhead
