#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "loadgen/output/headline.hpp"

namespace hopcost::loadgen {

/// github-action-benchmark, `customSmallerIsBetter`: times only. It never alerts on a value of 0 or
/// below, and matches by name.
std::vector<OutputFile> render_github(const RunRecord& record) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& headline : headlines(record)) {
    if (headline.ns <= 0) continue;
    nlohmann::ordered_json entry{
        {"name", fmt::format("loadgen/{} {}", headline.metric, headline.quantile)},
        {"unit", "ms"},
        {"value", headline.ns / kMillisecond}};
    if (headline.range && std::isfinite(headline.range->high)) {
      const double half =
          std::max(headline.ns - headline.range->low, headline.range->high - headline.ns);
      entry["range"] = fmt::format("\u00b1 {:.3g}", half / kMillisecond);
    }
    entry["extra"] = fmt::format("n={}", headline.count);
    json.push_back(std::move(entry));
  }
  return {{"benchmark.json", json.dump(1) + "\n"}};
}

}  // namespace hopcost::loadgen
