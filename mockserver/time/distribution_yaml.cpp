#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "mockserver/time/distribution.hpp"
#include "mockserver/time/quantity.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::uintmax_t kMaxTraceBytes = 4U << 20U;
constexpr double kLeastShape = 0.01;
constexpr double kMostShape = 1e6;
/// Most that a lognormal's deviation may be above its mean, and its p99 above its p50: what is
/// wider is a slip of the unit, and in the end not a number.
constexpr double kMostDeviation = 1e3;
constexpr double kMostTail = 1e9;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// The complaints do not show the file's text: its name may come from elsewhere than its owner.
std::vector<double> read_trace(const YamlNode& name, const std::filesystem::path* folder,
                               const Quantity& quantity) {
  if (folder == nullptr) name.complain("a file can only be named in a file; give its 'values'");
  const std::filesystem::path path = *folder / name.as_string();
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) name.complain("is not a file");
  const auto size = std::filesystem::file_size(path, failed);
  if (failed || size > kMaxTraceBytes) {
    name.complain(fmt::format("is longer than {} bytes", kMaxTraceBytes));
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) name.complain("cannot be read");
  std::vector<double> values;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto text = trim(std::string_view(line).substr(0, line.find('#')));
    if (text.empty()) continue;
    const auto value = quantity.line(text);
    if (!value) {
      name.complain(fmt::format("its line {} is not {} {}", number,
                                quantity.is_time ? "a length of time" : "a whole number",
                                quantity.range()));
    }
    if (values.size() == kMaxTraceValues) {
      name.complain(fmt::format("has more than {} values", kMaxTraceValues));
    }
    values.push_back(*value);
  }
  if (in.bad()) name.complain("cannot be read");
  if (values.empty()) name.complain("has no value");
  return values;
}

std::vector<double> read_values(const YamlNode& list, const Quantity& quantity) {
  std::vector<double> values;
  for (const auto& item : list.items()) {
    if (values.size() == kMaxTraceValues) {
      list.complain(fmt::format("has more than {} values", kMaxTraceValues));
    }
    values.push_back(quantity.value(item));
  }
  if (values.empty()) list.complain("name at least one value");
  return values;
}

double percentile_of(const std::string& name, const YamlNode& node) {
  std::string_view text = name;
  if (text.starts_with('p')) text.remove_prefix(1);
  double p = -1;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), p);
  if (ec != std::errc{} || end != text.data() + text.size() || !(p >= 0 && p <= 100)) {
    node.complain("a percentile is a number from 0 to 100");
  }
  return p + 0.0;  // -0 would be another key
}

Distribution read_percentiles(const YamlNode& map, const Quantity& quantity) {
  std::vector<Distribution::Quantile> table;
  for (const auto& [name, node] : map.entries()) {
    table.emplace_back(percentile_of(name, node), quantity.value(node));
  }
  if (table.empty()) map.complain("name at least one percentile");
  std::sort(table.begin(), table.end());
  for (std::size_t i = 1; i < table.size(); ++i) {
    const auto& [p, value] = table[i];
    if (p == table[i - 1].first) map.complain(fmt::format("percentile {} stands here twice", p));
    if (value < table[i - 1].second) {
      map.complain(fmt::format("percentile {} is below the one before", p));
    }
  }
  return Distribution::percentiles(std::move(table));
}

Distribution read_empirical(const YamlNode& node, YamlFields& fields, const Quantity& quantity,
                            const std::filesystem::path* folder) {
  const auto percentiles = fields.take("percentiles");
  const auto values = fields.take("values");
  const auto trace = fields.take("trace");
  if (percentiles.has_value() + values.has_value() + trace.has_value() != 1) {
    node.complain("needs one of 'percentiles', 'values' and 'trace'");
  }
  if (percentiles) return read_percentiles(*percentiles, quantity);
  auto order = Distribution::Order::sequence;
  if (const auto named = fields.take("order")) {
    const auto text = named->as_string();
    if (text == "random") {
      order = Distribution::Order::random;
    } else if (text != "sequence") {
      named->complain("must be sequence or random");
    }
  }
  return Distribution::trace(
      values ? read_values(*values, quantity) : read_trace(*trace, folder, quantity), order);
}

Distribution read_lognormal(const YamlNode& node, YamlFields& fields, const Quantity& quantity) {
  const auto p50 = fields.take("p50");
  if (!p50) {
    const auto mean_node = fields.require("mean");
    const double mean = quantity.parameter(mean_node, quantity.lo);
    if (mean <= 0) mean_node.complain("must be above 0 in a lognormal distribution");
    const auto stddev_node = fields.require("stddev");
    const double stddev = quantity.parameter(stddev_node, 0);
    if (stddev > kMostDeviation * mean) stddev_node.complain("is more than 1000 times the mean");
    return Distribution::lognormal(mean, stddev);
  }
  const double median = quantity.parameter(*p50, quantity.lo);
  const double high = quantity.parameter(fields.require("p99"), quantity.lo);
  if (median <= 0) p50->complain("must be above 0 in a lognormal distribution");
  if (high < median) node.complain("'p99' is below 'p50'");
  if (high > kMostTail * median) node.complain("'p99' is more than 10^9 times 'p50'");
  return Distribution::lognormal_quantiles(median, high);
}

Distribution read_gamma(const YamlNode& node, YamlFields& fields, const Quantity& quantity) {
  using Spread = Distribution::Spread;
  const auto mean_node = fields.require("mean");
  const double mean = quantity.parameter(mean_node, quantity.lo);
  if (mean <= 0) mean_node.complain("must be above 0 in a gamma distribution");
  const auto stddev = fields.take("stddev");
  const auto cv = fields.take("cv");
  const auto shape = fields.take("shape");
  if (stddev.has_value() + cv.has_value() + shape.has_value() != 1) {
    node.complain("needs one of 'stddev', 'cv' and 'shape'");
  }
  const auto& named = stddev ? *stddev : cv ? *cv : *shape;
  const Spread kind = stddev ? Spread::stddev : cv ? Spread::cv : Spread::shape;
  const double spread = stddev ? quantity.parameter(named, 0) : named.as_double();
  const double ratio = kind == Spread::stddev ? spread / mean : spread;
  const double implied = kind == Spread::shape ? spread : 1 / (ratio * ratio);
  if (!(spread > 0 && implied >= kLeastShape && implied <= kMostShape)) {
    named.complain(fmt::format("must give a shape from {} to {:.0f}: a cv from {} to {:.0f}",
                               kLeastShape, kMostShape, 0.001, 10.0));
  }
  return Distribution::gamma(mean, kind, spread);
}

Distribution read_unclipped(const std::string& name, const YamlNode& kind, const YamlNode& node,
                            YamlFields& fields, const Quantity& quantity,
                            const std::filesystem::path* folder) {
  if (name == "normal") {
    const double mean = quantity.parameter(fields.require("mean"), quantity.lo);
    return Distribution::normal(mean, quantity.parameter(fields.require("stddev"), 0));
  }
  if (name == "lognormal") return read_lognormal(node, fields, quantity);
  if (name == "gamma") return read_gamma(node, fields, quantity);
  if (name == "empirical") return read_empirical(node, fields, quantity, folder);
  kind.complain("must be constant, uniform, normal, lognormal, gamma or empirical");
}

Distribution read_map(const YamlNode& node, const Quantity& quantity,
                      const std::filesystem::path* folder) {
  auto fields = node.fields();
  const auto kind = fields.require("distribution");
  const auto name = kind.as_string();
  Distribution distribution;
  if (name == "constant") {
    distribution = Distribution::constant(quantity.value(fields.require("value")));
  } else if (name == "uniform") {
    const double min = quantity.value(fields.require("min"));
    const double max = quantity.value(fields.require("max"));
    if (max < min) node.complain("'max' is below 'min'");
    distribution = Distribution::uniform(min, max);
  } else {
    distribution = read_unclipped(name, kind, node, fields, quantity, folder);
    std::optional<double> min;
    std::optional<double> max;
    if (const auto named = fields.take("min")) min = quantity.value(*named);
    if (const auto named = fields.take("max")) max = quantity.value(*named);
    if (min && max && *max < *min) node.complain("'max' is below 'min'");
    distribution = distribution.clipped(min, max);
  }
  fields.finish();
  return distribution;
}

Distribution decode(const YamlNode& node, const Quantity& quantity,
                    const std::filesystem::path* folder) {
  if (!node.is_map()) return Distribution::constant(quantity.value(node));
  return read_map(node, quantity, folder);
}

}  // namespace

Distribution decode_duration(const YamlNode& node, const std::filesystem::path* folder) {
  return decode(node, Quantity::time(), folder);
}

Distribution decode_count(const YamlNode& node, std::int64_t lo, std::int64_t hi,
                          const std::filesystem::path* folder) {
  const Quantity quantity{false, static_cast<double>(lo), static_cast<double>(hi)};
  return decode(node, quantity, folder).whole(quantity.lo, quantity.hi);
}

}  // namespace hopcost::mockserver
