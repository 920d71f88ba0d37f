#include <cmath>

#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "loadgen/output/headline.hpp"

namespace hopcost::loadgen {

/// Bencher Metric Format: its built-in measures `latency`, ns, and `throughput`, 1/s.
std::vector<OutputFile> render_bencher(const RunRecord& record) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& headline : headlines(record)) {
    nlohmann::json latency{{"value", headline.ns}};
    if (headline.range) {
      latency["lower_value"] = headline.range->low;
      if (std::isfinite(headline.range->high)) latency["upper_value"] = headline.range->high;
    }
    json["loadgen/" + headline.metric + "/" + headline.quantile]["latency"] = latency;
  }
  if (record.judgement.valid()) {
    json["loadgen/requests"]["throughput"]["value"] = record.result.requests_per_s();
  }
  return {{"bencher.json", json.dump(1) + "\n"}};
}

}  // namespace hopcost::loadgen
