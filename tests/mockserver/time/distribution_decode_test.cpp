#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include "mockserver/time/distribution.hpp"
#include "tests/mockserver/time/decoding.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;

namespace {

Distribution duration(const std::string& text) {
  return decoded("k: " + text,
                 [](const YamlNode& root) { return decode_duration(root.fields().require("k")); });
}

Distribution count(const std::string& text) {
  return decoded("k: " + text, [](const YamlNode& root) {
    return decode_count(root.fields().require("k"), 1, 1000);
  });
}

std::string duration_complaint(const std::string& text) {
  return complaint("\nk: " + text, [](const YamlNode& root) {
    return decode_duration(root.fields().require("k"));
  });
}

std::string count_complaint(const std::string& text) {
  return complaint("\nk: " + text, [](const YamlNode& root) {
    return decode_count(root.fields().require("k"), 1, 1000);
  });
}

/// A folder that goes with the test.
class TraceFolder {
 public:
  TraceFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("hopcost-trace-test-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~TraceFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TraceFolder(const TraceFolder&) = delete;
  TraceFolder& operator=(const TraceFolder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] Distribution read(const std::string& text) const {
    return decoded("k: " + text, [&](const YamlNode& root) {
      return decode_duration(root.fields().require("k"), &path_);
    });
  }
  [[nodiscard]] std::string complain(const std::string& text) const {
    return complaint("k: " + text, [&](const YamlNode& root) {
      return decode_duration(root.fields().require("k"), &path_);
    });
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("every form of a distribution in YAML is read as what it says") {
  using D = Distribution;
  CHECK(duration("20ms") == D::constant(20e6));
  CHECK(duration("'0'") == D::constant(0));
  CHECK(duration("1us") == D::constant(1000));
  CHECK(duration("{distribution: constant, value: 20ms}") == D::constant(20e6));
  CHECK(duration("{distribution: uniform, min: 10ms, max: 30ms}") == D::uniform(10e6, 30e6));
  CHECK(duration("{distribution: normal, mean: 20ms, stddev: 5ms, min: 1ms, max: 1s}") ==
        D::normal(20e6, 5e6).clipped(1e6, 1e9));
  CHECK(duration("{distribution: lognormal, mean: 20ms, stddev: 5ms}") == D::lognormal(20e6, 5e6));
  CHECK(duration("{distribution: lognormal, p50: 20ms, p99: 80ms}") ==
        D::lognormal_quantiles(20e6, 80e6));
  CHECK(duration("{distribution: gamma, mean: 20ms, stddev: 5ms}") ==
        D::gamma(20e6, D::Spread::stddev, 5e6));
  CHECK(duration("{distribution: gamma, mean: 20ms, cv: 0.25}") ==
        D::gamma(20e6, D::Spread::cv, 0.25));
  CHECK(duration("{distribution: gamma, mean: 20ms, shape: 16}") ==
        D::gamma(20e6, D::Spread::shape, 16));
  CHECK(duration("{distribution: empirical, percentiles: {99: 80ms, p50: 20ms, 99.9: 1s}}") ==
        D::percentiles({{50, 20e6}, {99, 80e6}, {99.9, 1e9}}));
  CHECK(duration("{distribution: empirical, values: [2ms, 1ms]}") ==
        D::trace({2e6, 1e6}, D::Order::sequence));
  CHECK(duration("{distribution: empirical, values: [2ms, 1ms], order: random}") ==
        D::trace({2e6, 1e6}, D::Order::random));
  CHECK_FALSE(duration("20ms") == duration("21ms"));
}

TEST_CASE("a distribution of counts has bare numbers and stays in its range") {
  using D = Distribution;
  CHECK(count("64") == D::constant(64).whole(1, 1000));
  CHECK(count("{distribution: uniform, min: 1, max: 9}") == D::uniform(1, 9).whole(1, 1000));
  const auto d = count("{distribution: lognormal, mean: 64.5, stddev: 1000}");
  CHECK(d == D::lognormal(64.5, 1000).whole(1, 1000));
  CHECK(d.min_value() == 1);
  CHECK(d.max_value() == 1000);
  CHECK(count("{distribution: empirical, values: [5, 6]}").max_value() == 6);
}

TEST_CASE("a distribution's JSON is decoded to the same distribution") {
  for (const char* text :
       {"20ms", "'0'", "1234567ns", "{distribution: uniform, min: 10ms, max: 30ms}",
        "{distribution: normal, mean: 20ms, stddev: 5ms}",
        "{distribution: normal, mean: 20ms, stddev: 5ms, min: 1ms, max: 1s}",
        "{distribution: lognormal, mean: 20ms, stddev: 5ms, max: 1h}",
        "{distribution: lognormal, p50: 20ms, p99: 80ms}",
        "{distribution: gamma, mean: 20ms, stddev: 5ms}",
        "{distribution: gamma, mean: 20ms, cv: 0.1}",
        "{distribution: gamma, mean: 20ms, shape: 0.3333333333333333}",
        "{distribution: empirical, percentiles: {50: 20ms, 99.95: 80ms, 100: 1s}}",
        "{distribution: empirical, values: [2ms, 1ms], order: random}",
        "{distribution: empirical, values: [2ms, 1ms], min: 1500us}"}) {
    const auto d = duration(text);
    const auto shown = duration_json(d).dump();
    INFO(shown);
    CHECK(duration(shown) == d);
  }
  for (const char* text : {"64", "{distribution: uniform, min: 1, max: 9}",
                           "{distribution: normal, mean: 64.25, stddev: 0.1, max: 99}",
                           "{distribution: lognormal, p50: 20, p99: 80}",
                           "{distribution: empirical, percentiles: {0: 1, 100: 9}}",
                           "{distribution: empirical, values: [5, 6], order: sequence}"}) {
    const auto d = count(text);
    const auto shown = count_json(d).dump();
    INFO(shown);
    CHECK(count(shown) == d);
  }
  CHECK(duration_json(duration("20ms")) == "20ms");
  CHECK(count_json(count("64")) == 64);
}

TEST_CASE("a bad distribution is refused with file, line and field") {
  CHECK(duration_complaint("20") ==
        "s.yaml:2: k: '20' is not a number with a unit, such as 20ms, 250us or 10s");
  CHECK(duration_complaint("61m") == "s.yaml:2: k: must be from 0 to 1h");
  CHECK(duration_complaint("[1ms]") == "s.yaml:2: k: must be a text");
  CHECK(duration_complaint("{mean: 1ms}") == "s.yaml:2: k: 'distribution' is missing");
  CHECK(duration_complaint("{distribution: zipf}") ==
        "s.yaml:2: k.distribution: must be constant, uniform, normal, lognormal, gamma or "
        "empirical");
  CHECK(duration_complaint("\n  distribution: normal\n  mean: 1ms\n  stddev: 1ms\n  skew: 2\n") ==
        "s.yaml:6: k.skew: unknown key");
  CHECK(duration_complaint("{distribution: constant, value: 1ms, max: 2ms}") ==
        "s.yaml:2: k.max: unknown key");
  CHECK(duration_complaint("{distribution: normal, mean: 1ms}") ==
        "s.yaml:2: k: 'stddev' is missing");
  CHECK(duration_complaint("{distribution: uniform, min: 2ms, max: 1ms}") ==
        "s.yaml:2: k: 'max' is below 'min'");
  CHECK(duration_complaint("{distribution: normal, mean: 1ms, stddev: 1ms, min: 2ms, max: 1ms}") ==
        "s.yaml:2: k: 'max' is below 'min'");
  CHECK(duration_complaint("{distribution: lognormal, mean: '0', stddev: 1ms}") ==
        "s.yaml:2: k.mean: must be above 0 in a lognormal distribution");
  CHECK(duration_complaint("{distribution: lognormal, mean: 1us, stddev: 1001us}") ==
        "s.yaml:2: k.stddev: is more than 1000 times the mean");
  CHECK(duration_complaint("{distribution: lognormal, p50: 1ns, p99: 2s}") ==
        "s.yaml:2: k: 'p99' is more than 10^9 times 'p50'");
  CHECK(duration_complaint("{distribution: lognormal, p50: 2ms, p99: 1ms}") ==
        "s.yaml:2: k: 'p99' is below 'p50'");
  CHECK(duration_complaint("{distribution: lognormal, p50: 2ms, p99: 3ms, mean: 2ms}") ==
        "s.yaml:2: k.mean: unknown key");
  CHECK(duration_complaint("{distribution: gamma, mean: 1ms, cv: 1, shape: 1}") ==
        "s.yaml:2: k: needs one of 'stddev', 'cv' and 'shape'");
  for (const char* cv : {"0", "-1", "11", "1e-300"}) {
    CHECK(duration_complaint("{distribution: gamma, mean: 1ms, cv: " + std::string(cv) + "}")
              .find("s.yaml:2: k.cv: must give a shape from 0.01 to 1000000") == 0);
  }
}

TEST_CASE("a bad table or list of values is refused with the place of what is wrong") {
  const auto empirical = [](const std::string& rest) {
    return duration_complaint("{distribution: empirical, " + rest + "}");
  };
  CHECK(empirical("order: random") ==
        "s.yaml:2: k: needs one of 'percentiles', 'values' and 'trace'");
  CHECK(empirical("values: [1ms], percentiles: {1: 1ms}") ==
        "s.yaml:2: k: needs one of 'percentiles', 'values' and 'trace'");
  CHECK(empirical("values: []") == "s.yaml:2: k.values: name at least one value");
  CHECK(empirical("values: [1ms, x]").find("s.yaml:2: k.values[1]: 'x' is not") == 0);
  CHECK(empirical("values: [1ms], order: sorted") ==
        "s.yaml:2: k.order: must be sequence or random");
  CHECK(empirical("percentiles: {}") == "s.yaml:2: k.percentiles: name at least one percentile");
  CHECK(empirical("percentiles: {101: 1ms}") ==
        "s.yaml:2: k.percentiles.101: a percentile is a number from 0 to 100");
  CHECK(empirical("percentiles: {50: 1ms, p50: 1ms}") ==
        "s.yaml:2: k.percentiles: percentile 50 stands here twice");
  CHECK(empirical("percentiles: {50: 2ms, 99: 1ms}") ==
        "s.yaml:2: k.percentiles: percentile 99 is below the one before");
  CHECK(empirical("percentiles: {50: 2ms}, order: random") == "s.yaml:2: k.order: unknown key");
  CHECK(empirical("trace: t.txt") ==
        "s.yaml:2: k.trace: a file can only be named in a file; give its 'values'");
}

TEST_CASE("a bad count is refused with its range") {
  CHECK(count_complaint("0") == "s.yaml:2: k: must be from 1 to 1000, not 0");
  CHECK(count_complaint("1.5") == "s.yaml:2: k: must be a whole number, not '1.5'");
  CHECK(count_complaint("{distribution: normal, mean: 0.5, stddev: 1}") ==
        "s.yaml:2: k.mean: must be from 1 to 1000");
  CHECK(count_complaint("{distribution: normal, mean: 5, stddev: -1}") ==
        "s.yaml:2: k.stddev: must be from 0 to 1000");
  CHECK(count_complaint("{distribution: empirical, values: [1001]}") ==
        "s.yaml:2: k.values[0]: must be from 1 to 1000, not 1001");
}

TEST_CASE("a trace file is read from its folder, with comments and empty lines") {
  const TraceFolder folder;
  folder.write("gaps.txt", "# recorded\n20ms\n\n 21ms  # slower\r\n1500us");
  const auto d = folder.read("{distribution: empirical, trace: gaps.txt}");
  CHECK(d == Distribution::trace({20e6, 21e6, 1.5e6}, Distribution::Order::sequence));
  CHECK(duration(duration_json(d).dump()) == d);  // no longer needs the file
}

TEST_CASE("a trace file that is missing, empty, wrong or too long is refused without its text") {
  const TraceFolder folder;
  const auto complain = [&](const std::string& name) {
    return folder.complain("{distribution: empirical, trace: " + name + "}");
  };
  CHECK(complain("absent.txt") == "s.yaml:1: k.trace: is not a file");
  CHECK(complain(".") == "s.yaml:1: k.trace: is not a file");
  CHECK(complain("/dev/zero") == "s.yaml:1: k.trace: is not a file");
  folder.write("empty.txt", "# nothing\n");
  CHECK(complain("empty.txt") == "s.yaml:1: k.trace: has no value");
  folder.write("bad.txt", "1ms\nsecret\n");
  CHECK(complain("bad.txt") ==
        "s.yaml:1: k.trace: its line 2 is not a length of time from 0 to 1h");
  std::string many;
  for (std::size_t i = 0; i <= kMaxTraceValues; ++i) many += "1ms\n";
  folder.write("many.txt", many);
  CHECK(complain("many.txt") == "s.yaml:1: k.trace: has more than 100000 values");
  folder.write("huge.txt", std::string((4U << 20U) + 1, '\n'));
  CHECK(complain("huge.txt") == "s.yaml:1: k.trace: is longer than 4194304 bytes");
}
