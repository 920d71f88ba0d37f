#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/random.hpp"
#include "common/yaml.hpp"

namespace hopcost::mockserver {

/// No single delay is longer, whatever was asked for or drawn. A million of them still fit 64 bits
/// of nanoseconds.
inline constexpr Nanos kLongestDelay = 3600 * kSecond;

/// Most values of a recorded trace: it is held in memory and shown by the admin endpoint.
inline constexpr std::size_t kMaxTraceValues = 100'000;

/// What lengths of time or numbers of tokens are drawn from; values are doubles in the caller's
/// unit (nanoseconds, tokens).
///
/// A value: cheap to copy (a table is shared), and may be read by many threads at once. A sample is
/// finite and lies in [0, max_value()]. The same seed gives the same samples with every compiler;
/// only a trace read in order also depends on the draws before, which its copies share.
class Distribution {
 public:
  enum class Kind : std::uint8_t {
    constant,
    uniform,
    normal,
    lognormal,
    gamma,
    percentiles,  ///< a table of quantiles, linear in between
    trace,        ///< recorded values
  };
  /// Which pair of numbers says how wide it is.
  enum class Spread : std::uint8_t { stddev, quantiles, shape, cv };
  enum class Order : std::uint8_t { sequence, random };
  using Quantile = std::pair<double, double>;  ///< percentile (0 to 100), value

  Distribution() = default;  ///< constant 0

  // Preconditions are those the decoders check; see each. All numbers are finite and at least 0.
  [[nodiscard]] static Distribution constant(double value);
  [[nodiscard]] static Distribution uniform(double min, double max);
  [[nodiscard]] static Distribution normal(double mean, double stddev);
  /// Mean and standard deviation of the variable itself, not of its logarithm. `mean` > 0.
  [[nodiscard]] static Distribution lognormal(double mean, double stddev);
  [[nodiscard]] static Distribution lognormal_quantiles(double p50,
                                                        double p99);  ///< 0 < p50 <= p99
  /// `spread` is the standard deviation, the shape (k) or the coefficient of variation, all > 0.
  [[nodiscard]] static Distribution gamma(double mean, Spread kind, double spread);
  /// At least one, both parts not descending. Below the first and above the last it is flat.
  [[nodiscard]] static Distribution percentiles(std::vector<Quantile> table);
  /// At least one. In `sequence` order every copy draws on from where the last one stopped.
  [[nodiscard]] static Distribution trace(std::vector<double> values, Order order);

  /// The same, with every sample moved into [min, max].
  [[nodiscard]] Distribution clipped(std::optional<double> min, std::optional<double> max) const;
  /// The same, with every sample a whole number in [lo, hi], both of them whole. A uniform one
  /// gives its ends as often as what is between.
  [[nodiscard]] Distribution whole(double lo, double hi) const;

  [[nodiscard]] double sample(Random& random) const {
    return kind_ == Kind::constant ? first_ : draw(random);
  }
  /// The same, except that a trace in order gives its value `index`, counted round and round: the
  /// gaps of one answer follow one another however many answers are under way.
  [[nodiscard]] double sample_at(std::uint64_t index, Random& random) const;

  [[nodiscard]] bool is_constant() const { return kind_ == Kind::constant; }
  /// As asked for, before clipping, but moved into [min, max]; exact for tables and traces.
  [[nodiscard]] double mean() const;
  /// No sample is larger: the greatest possible value, or kLongestDelay's number where there is
  /// none and no `max` was given.
  [[nodiscard]] double max_value() const { return max_; }
  [[nodiscard]] double min_value() const { return min_; }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] Spread spread() const { return spread_; }
  [[nodiscard]] Order order() const { return order_; }
  [[nodiscard]] double first() const { return first_; }    ///< value, min, mean or p50
  [[nodiscard]] double second() const { return second_; }  ///< max, stddev, p99, shape or cv
  [[nodiscard]] const std::vector<Quantile>& quantiles() const;
  [[nodiscard]] const std::vector<double>& values() const;
  [[nodiscard]] std::optional<double> asked_min() const { return asked_min_; }
  [[nodiscard]] std::optional<double> asked_max() const { return asked_max_; }

  /// Whether both were asked for in the same words.
  friend bool operator==(const Distribution& a, const Distribution& b);

 private:
  struct Table;
  [[nodiscard]] double draw(Random& random) const { return settle(draw_raw(random)); }
  [[nodiscard]] double draw_raw(Random& random) const;
  [[nodiscard]] double value_at(std::uint64_t index) const;
  [[nodiscard]] double settle(double value) const;
  [[nodiscard]] double clip(double value) const {
    if (!(value > min_)) return min_;
    return value < max_ ? value : max_;
  }
  [[nodiscard]] double raw_mean() const;
  void bound(double min, double max);

  Kind kind_ = Kind::constant;
  Spread spread_ = Spread::stddev;
  Order order_ = Order::sequence;
  bool whole_ = false;
  double first_ = 0;
  double second_ = 0;
  double location_ = 0;  ///< what the sampler needs: mu of a lognormal, shape of a gamma
  double scale_ = 0;     ///< sigma of a lognormal, scale of a gamma
  double min_ = 0;
  double max_ = 0;
  std::optional<double> asked_min_;
  std::optional<double> asked_max_;
  std::shared_ptr<Table> table_;
};

// In YAML a distribution is one value, or a map:
//   20ms
//   {distribution: constant, value: 20ms}
//   {distribution: uniform, min: 10ms, max: 30ms}
//   {distribution: normal, mean: 20ms, stddev: 5ms, min: 1ms, max: 1s}   min and max: of any below
//   {distribution: lognormal, mean: 20ms, stddev: 5ms}  or  p50 and p99
//   {distribution: gamma, mean: 20ms, stddev: 5ms}      or  cv: 0.25  or  shape: 16
//   {distribution: empirical, percentiles: {50: 20ms, 99: 80ms}}
//   {distribution: empirical, values: [20ms, 21ms], order: sequence}     or random
//   {distribution: empirical, trace: gaps.txt}          one value a line; # begins a comment
//
// Strict: they throw ErrorException (see catch_errors) with "file:line: field". `folder` is where a
// trace's file name is looked up; without it no file is read, which is right for what comes over
// the network. Every value is at most kLongestDelay, or in [lo, hi].

/// In nanoseconds.
[[nodiscard]] Distribution decode_duration(const YamlNode& node,
                                           const std::filesystem::path* folder = nullptr);
/// Whole numbers. 0 <= lo <= hi.
[[nodiscard]] Distribution decode_count(const YamlNode& node, std::int64_t lo, std::int64_t hi,
                                        const std::filesystem::path* folder = nullptr);

/// What the decoder reads back as the same value, without any file: a trace has its values in it.
[[nodiscard]] nlohmann::json duration_json(const Distribution& distribution);
[[nodiscard]] nlohmann::json count_json(const Distribution& distribution);

}  // namespace hopcost::mockserver
