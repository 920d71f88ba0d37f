#include "overhead/plot/scaling_plots.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "overhead/plot/chart.hpp"
#include "overhead/plot/svg.hpp"
#include "overhead/scaling/curve.hpp"
#include "overhead/scaling/usl.hpp"

namespace hopcost::overhead {
namespace {

const char* counted(const ScalingCurve& curve) {
  return curve.over == ScalingCurve::Over::workers ? "workers" : "replicas";
}

std::string restarts_of(const ScalingCurve& curve) {
  std::size_t fewest = curve.points.front().throughput.restarts.size();
  std::size_t most = fewest;
  for (const auto& point : curve.points) {
    fewest = std::min(fewest, point.throughput.restarts.size());
    most = std::max(most, point.throughput.restarts.size());
  }
  return fewest == most ? fmt::format("n = {} restarts a point", most)
                        : fmt::format("n = {} to {} restarts a point", fewest, most);
}

/// The fit between the smallest and the largest N, in small steps.
PlotLine fit_of(const ScalingCurve& curve) {
  PlotLine line{"Universal Scalability Law", {}, false, true, false};
  const UslFit fit{curve.usl->lambda.value, curve.usl->alpha.value, curve.usl->beta.value};
  constexpr int kSteps = 40;
  const double first = curve.points.front().n;
  const double last = curve.points.back().n;
  for (int i = 0; i <= kSteps; ++i) {
    const double n = first + (last - first) * i / kSteps;
    line.points.push_back({n, fit.at(n), std::nullopt});
  }
  return line;
}

PlotChart throughput_chart(const ScalingCurve& curve) {
  PlotLine measured{"through the stack", {}};
  PlotLine proportion{"in proportion to the first", {}, true, true, false};
  PlotLine backend{"the backend alone", {}, false, true, true};
  const auto& first = curve.points.front();
  for (const auto& point : curve.points) {
    const auto& rate = point.throughput;
    measured.points.push_back(
        {static_cast<double>(point.n), rate.value, std::pair{rate.low, rate.high}});
    proportion.points.push_back(
        {static_cast<double>(point.n), first.throughput.value * point.n / first.n, std::nullopt});
    if (point.backend_throughput > 0) {
      backend.points.push_back(
          {static_cast<double>(point.n), point.backend_throughput, std::nullopt});
    }
  }
  PlotChart chart{fmt::format("{}: throughput over {}", shortened(curve.stack), counted(curve)),
                  fmt::format("mean with {:.3g} % intervals; {}; {}", 100 * first.throughput.level,
                              restarts_of(curve), curve.diagnosis.code),
                  counted(curve),
                  curve.mode == Mode::unary ? "requests a second" : "chunks a second",
                  false,
                  {std::move(proportion), std::move(measured)},
                  true};
  if (!backend.points.empty()) {
    const auto largest = [](const PlotLine& line) {
      return std::ranges::max(line.points, {}, &PlotPoint::y).y;
    };
    // Far above the stack it would press everything else flat.
    constexpr double kFar = 5;
    const double most = largest(backend);
    if (most <= kFar * largest(chart.lines[1])) {
      chart.lines.push_back(std::move(backend));
    } else {
      chart.note += fmt::format("; the backend alone: {:.0f}", most);
    }
  }
  if (curve.usl) chart.lines.push_back(fit_of(curve));
  chart.aside = false;
  return chart;
}

PlotChart efficiency_chart(const ScalingCurve& curve) {
  PlotLine whole{"in proportion", {}, true, true, false};
  PlotLine measured{"efficiency", {}};
  for (const auto& point : curve.points) {
    whole.points.push_back({static_cast<double>(point.n), 100, std::nullopt});
    PlotPoint one{static_cast<double>(point.n), 100 * point.efficiency, std::nullopt};
    if (point.speedup) {
      const double share = 100.0 * curve.points.front().n / point.n;
      one.interval = std::pair{share * point.speedup->low, share * point.speedup->high};
    }
    measured.points.push_back(one);
  }
  return {
      "Efficiency",
      fmt::format("speed-up over the first, divided by {}; {}", counted(curve), restarts_of(curve)),
      counted(curve),
      "efficiency, %",
      false,
      {std::move(whole), std::move(measured)},
      true,
      false,
      false};
}

}  // namespace

void put_scaling(Pictures& out, const ReadStudy& study) {
  const auto cpus = study.machine.find("cpus");
  const int machine_cpus = cpus == study.machine.end() ? 0 : std::atoi(cpus->second.c_str());
  for (const auto& curve : scaling_of(study.cells, machine_cpus)) {
    auto name = fmt::format("scaling_{}_{}_over_{}", loadgen::file_name(curve.stack),
                            curve.mode == Mode::unary ? "unary" : "stream", counted(curve));
    if (curve.fixed > 1) name += fmt::format("_of_{}", curve.fixed);
    if (curve.backends > 1) name += fmt::format("_b{}", curve.backends);
    out[name] = svg_of({throughput_chart(curve), efficiency_chart(curve)});
  }
}

}  // namespace hopcost::overhead
