#include <algorithm>

#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "tests/catch.hpp"
#include "tests/loadgen/output/made_record.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using namespace hopcost::loadgen::test;
using nlohmann::json;

namespace {

OutputFile only(const std::vector<OutputFile>& files) {
  REQUIRE(files.size() == 1);
  return files[0];
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::ptrdiff_t count_of(std::string_view text, std::string_view part) {
  std::ptrdiff_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

RunRecord not_valid() {
  return with_failures(made_record(), 50);
}

}  // namespace

TEST_CASE("formats are found by name, and an unknown one is refused with those there are") {
  const auto some = formats_in("junit,k6");
  REQUIRE(some);
  REQUIRE(some->size() == 2);
  CHECK((*some)[1].name == "k6");
  CHECK(std::ranges::is_sorted(formats(), {}, &Format::name));
  for (const auto* wrong : {"", "junit,", "JUnit", "junit k6"}) {
    CAPTURE(wrong);
    const auto refused = formats_in(wrong);
    REQUIRE_FALSE(refused);
    CHECK(has(refused.error().message, "markdown"));
  }
}

TEST_CASE("bencher: latency in ns with the interval's ends, throughput in requests a second") {
  const auto file = only(render_bencher(made_record()));
  CHECK(file.path == "bencher.json");
  const auto all = json::parse(file.text);
  const auto& p50 = all["loadgen/e2e/p50"]["latency"];
  CHECK(p50["value"].get<double>() == Catch::Approx(500.5e6).epsilon(0.001));
  CHECK(p50["lower_value"].get<double>() == Catch::Approx(469e6).epsilon(0.001));
  CHECK(p50["upper_value"].get<double>() == Catch::Approx(532e6).epsilon(0.001));
  CHECK(all["loadgen/requests"]["throughput"]["value"] == 500);
  CHECK_FALSE(all.contains("loadgen/tpot/p50"));
}

TEST_CASE("github: times in ms under names that stay, with half the interval's width") {
  const auto file = only(render_github(made_record()));
  CHECK(file.path == "benchmark.json");
  const auto all = json::parse(file.text);
  const auto found = std::ranges::find_if(
      all, [](const json& entry) { return entry["name"] == "loadgen/ttft p50"; });
  REQUIRE(found != all.end());
  CHECK((*found)["unit"] == "ms");
  CHECK((*found)["value"].get<double>() == Catch::Approx(50.05).epsilon(0.001));
  const auto range = (*found)["range"].get<std::string>();
  const std::string sign = "\u00b1 ";
  REQUIRE(range.starts_with(sign));
  // [46.9, 53.2] around 50.05
  CHECK(std::stod(range.substr(sign.size())) == Catch::Approx(3.15).epsilon(0.01));
  CHECK((*found)["extra"] == "n=1000");
}

TEST_CASE("trackers get no figure of a run that is not valid") {
  CHECK(json::parse(only(render_bencher(not_valid())).text).empty());
  CHECK(json::parse(only(render_github(not_valid())).text).empty());
}

TEST_CASE("junit: a case for each statement, and counts that equal the cases") {
  const auto record =
      judged(made_record(), {"ttft.p50>10ms", "errors>1%"}, "mlperf-interactive,production");
  const auto file = only(render_junit(record));
  INFO(file.text);
  CHECK(file.path == "junit.xml");
  // Valid, two thresholds, three targets. tpot has no samples; a thousand successes do not tell
  // 99.9 % from less.
  CHECK(count_of(file.text, "<testcase ") == 6);
  CHECK(count_of(file.text, "<failure ") == 1);
  CHECK(count_of(file.text, "<error ") == 0);
  CHECK(count_of(file.text, "<skipped ") == 2);
  const std::string_view counts = R"(tests="6" failures="1" errors="0" skipped="2" time="2.000")";
  CHECK(count_of(file.text, counts) == 2);
  CHECK(has(file.text, R"(timestamp="2026-11-22T15:28:03Z")"));
  CHECK(has(file.text, R"(classname="loadgen.ttft" name="not ttft.p50&gt;10ms")"));
  CHECK(has(file.text, R"(<failure message="ttft.p50 is 50.04 ms" type="threshold">)"));
}

TEST_CASE("junit: a run that is not valid is an error, whatever its thresholds say") {
  const auto file = only(render_junit(judged(not_valid(), {"ttft.p50>10s"})));
  INFO(file.text);
  CHECK(count_of(file.text, "<error ") == 1);
  CHECK(has(file.text, R"(<error message="50 of 1050 requests failed" type="not_valid">)"));
  CHECK_FALSE(has(file.text, "the run is valid"));
}

TEST_CASE("markdown: the verdict first, then one table, and nothing that breaks it") {
  const auto file = only(render_markdown(judged(made_record(), {"ttft.p50>10ms"}, "testing")));
  INFO(file.text);
  CHECK(file.path == "summary.md");
  CHECK(file.text.starts_with("# loadgen: threshold crossed, 1000 requests, 0 failed\n"));
  CHECK(has(file.text, "| ttft | 1000 | 50.05 ms | 50.04 ms | 95.00 ms | 98.99 ms | 100.00 ms |"));
  CHECK(has(file.text, "| not ttft.p50>10ms | 50.04 ms | **crossed** |"));
  CHECK(has(file.text, "| success>=95% | 100.00 % | met |"));
  CHECK(has(file.text, "500.0 requests/s, 2500.0 chunks/s"));

  const auto broken = only(render_markdown(not_valid())).text;
  INFO(broken);
  CHECK(broken.starts_with("# loadgen: not valid, 1050 requests, 50 failed\n"));
  CHECK(has(broken, R"(HTTP 503: \<b>busy\</b> \| later)"));
}

TEST_CASE("a name that can be a file's has no slash, is not hidden, and is not too long") {
  CHECK(file_name("google/gemma") == "google_gemma");
  CHECK(file_name("../../etc") == "_.._.._etc");
  CHECK(file_name("") == "_");
  const auto long_one = file_name(std::string(10'000, 'a'));
  CHECK(long_one.size() == 120);
  CHECK(long_one != file_name(std::string(9'999, 'a') + "b"));
}
