#include "overhead/estimate/self_report.hpp"

#include <nlohmann/json.hpp>

#include "overhead/output/self_report_text.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::healthy_cell;

namespace {

/// A stack that adds 50 us to 2 ms, and states `stated_ns` in every pass.
Cell stating(SelfReported::Means means, double stated_ns) {
  Cell cell = healthy_cell();
  cell.self_reported = SelfReported{{"x-own", kMillisecond}, means};
  for (auto& pass : cell.passes) {
    if (!pass.through_stack) continue;
    pass.quantities[cell.headline()] = 2.05e6;
    pass.quantities[kServerTime] = stated_ns;
  }
  conclude(cell);
  return cell;
}

}  // namespace

TEST_CASE("what a stack states of its overhead, and the rest, add up to what was measured") {
  const auto own = stating(SelfReported::Means::overhead, 30e3).own_report;
  REQUIRE(own);
  CHECK(own->reported.value == Approx(30e3));
  CHECK(own->unexplained.value == Approx(20e3));

  // 2.01 ms upstream of 2.05 ms in all leave it 40 us; 10 us of what was added are booked upstream.
  const auto upstream = stating(SelfReported::Means::upstream, 2.01e6).own_report;
  REQUIRE(upstream);
  CHECK(upstream->reported.value == Approx(40e3));
  CHECK(upstream->unexplained.value == Approx(10e3));

  // 2.035 ms in all by its own clock: 35 us more than the backend alone, 15 us outside of it.
  const auto total = stating(SelfReported::Means::total, 2.035e6).own_report;
  REQUIRE(total);
  CHECK(total->reported.value == Approx(35e3));
  CHECK(total->unexplained.value == Approx(15e3));
}

TEST_CASE("a stack that states nothing has no report of its own, whatever its manifest promises") {
  Cell silent = healthy_cell();
  conclude(silent);
  CHECK_FALSE(silent.own_report);
  CHECK(self_reports_text(std::vector{silent}).empty());
  CHECK(self_report_json(silent).is_null());

  Cell promised = stating(SelfReported::Means::overhead, 1);
  for (auto& pass : promised.passes) pass.quantities.erase(kServerTime);
  conclude(promised);
  CHECK_FALSE(promised.own_report);
  CHECK(self_report_json(promised)["reported"].is_null());
}

TEST_CASE("the table has measured, reported and unexplained side by side") {
  const auto text = self_reports_text(std::vector{stating(SelfReported::Means::overhead, 30e3)});
  CHECK(text.find("x-own") != std::string::npos);
  CHECK(text.find("30.0 [30.0, 30.0]") != std::string::npos);
  CHECK(text.find("20.0 [20.0, 20.0]") != std::string::npos);
}
