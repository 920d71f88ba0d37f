#include "overhead/scaling/curve.hpp"

#include <nlohmann/json.hpp>

#include "overhead/output/scaling_text.hpp"
#include "overhead/scaling/usl.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/ceiling_cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::ceiling_cell;
using test::CeilingShape;

namespace {

std::vector<ScalingCurve> curves_of(const std::vector<CeilingShape>& shapes) {
  std::vector<Cell> cells;
  for (const auto& shape : shapes) cells.push_back(ceiling_cell(shape));
  return scaling_of(cells, 8);
}

std::string diagnosis_of(const CeilingShape& one, CeilingShape more) {
  more.workers = 2;
  const auto curves = curves_of({one, more});
  REQUIRE(curves.size() == 1);
  INFO(scaling_table(curves));
  return curves[0].diagnosis.code;
}

}  // namespace

TEST_CASE("a ceiling gives rates, and no latencies") {
  const auto cell = ceiling_cell({});
  CHECK(cell.state == State::measured);
  CHECK(cell.overheads.contains("requests_per_s"));
  CHECK_FALSE(cell.overheads.contains("e2e.p95"));
}

TEST_CASE("a curve: throughput, speed-up and efficiency over workers") {
  const auto curves = curves_of({{.workers = 1, .per_s = 400},
                                 {.workers = 2, .per_s = 780, .stack_cores = 1.8},
                                 {.workers = 4, .per_s = 1200, .stack_cores = 3.2}});
  REQUIRE(curves.size() == 1);  // of replicas there is one number only
  const auto& curve = curves[0];
  CHECK(curve.over == ScalingCurve::Over::workers);
  CHECK(curve.stack_cpus == 4);
  REQUIRE(curve.points.size() == 3);
  CHECK_FALSE(curve.points[0].speedup);
  CHECK(curve.points[1].speedup->value == Catch::Approx(1.95));
  CHECK(curve.points[2].efficiency == Catch::Approx(0.75));
  CHECK(curve.points[2].evidence.stack_cores == Catch::Approx(3.2).epsilon(0.01));
  CHECK(curve.points[0].backend_throughput == Catch::Approx(20'000).epsilon(0.01));
  CHECK_FALSE(curve.usl);
  CHECK(scaling_table(curves).find("3 counts, it takes 5") != std::string::npos);
  const auto json = scaling_json(curves);
  CHECK(json[0]["points"][1]["speedup"]["value"].get<double>() == Catch::Approx(1.95));
  CHECK(json[0]["usl"].is_null());
}

TEST_CASE("a stack that waits: what it may wait for stands beside the diagnosis") {
  const auto waiting = [](int workers) {
    Cell cell = ceiling_cell({.workers = workers, .per_s = 400, .stack_cores = 0.1});
    for (auto& pass : cell.passes) {
      pass.took_ns = 2 * kSecond;
      pass.counters.bytes_read = 3'000'000;
      if (pass.through_stack) pass.stack_storage_bytes = 8'000'000;
      pass.pressure = PressureShares{0, 0.25, 0};
    }
    return cell;
  };
  const auto curves = scaling_of({waiting(1), waiting(2)}, 8);
  REQUIRE(curves.size() == 1);
  const auto& [code, evidence] = curves[0].diagnosis;
  CHECK(code == "io_bound");
  INFO(evidence);
  CHECK(evidence.find("storage 4.0 MB/s, waited for 25 % of the time") != std::string::npos);
  CHECK(evidence.find("1.5 MB/s to the client") != std::string::npos);
  const auto seen = scaling_json(curves)[0]["points"][1];
  CHECK(seen["storage_bytes_per_s"] == 4e6);
  CHECK(seen["io_pressure"] == 0.25);
  const auto unknown = curves_of(
      {{.per_s = 400, .stack_cores = 0.1}, {.workers = 2, .per_s = 400, .stack_cores = 0.1}});
  CHECK(unknown[0].diagnosis.evidence.find("storage not known") != std::string::npos);
}

TEST_CASE("five counts have a fit with intervals") {
  const UslFit truth{400, 0.05, 0.005};
  std::vector<CeilingShape> shapes;
  for (const int n : {1, 2, 3, 4, 8}) shapes.push_back({.workers = n, .per_s = truth.at(n)});
  const auto curves = curves_of(shapes);
  REQUIRE(curves.size() == 1);
  REQUIRE(curves[0].usl);
  const auto& usl = *curves[0].usl;
  CHECK(usl.alpha.value == Catch::Approx(0.05).epsilon(0.01));
  CHECK(usl.beta.value == Catch::Approx(0.005).epsilon(0.01));
  CHECK(usl.lambda.low < usl.lambda.value);
  CHECK(*usl.peak == Catch::Approx(*truth.peak()).epsilon(0.01));
}

TEST_CASE("a ceiling at which a restart let nothing through is no point of a curve") {
  std::vector<Cell> cells;
  for (const int workers : {1, 2, 4}) {
    cells.push_back(ceiling_cell({.workers = workers, .per_s = 390.0 * workers}));
  }
  for (auto& pass : cells.back().passes) {
    if (pass.through_stack && pass.restart == 2) pass.quantities["requests_per_s"] = 0;
  }
  const auto curves = scaling_of(cells, 8);
  REQUIRE(curves.size() == 1);
  CHECK(curves[0].points.size() == 2);
}

TEST_CASE("a ceiling without a verdict is no point of a curve") {
  auto broken = ceiling_cell({.workers = 2});
  broken.state = State::no_verdict;
  CHECK(scaling_of({ceiling_cell({}), broken}, 8).empty());
}

TEST_CASE("diagnosis: each class by its evidence") {
  const CeilingShape one{};
  CHECK(diagnosis_of(one, {.per_s = 790, .stack_cores = 1.8}) == "linear");
  CHECK(diagnosis_of(one, {.per_s = 600, .stack_cores = 1.9}) == "cpu_bound");
  CHECK(diagnosis_of(one, {.per_s = 410, .stack_cores = 1.0}) == "single_thread_bound");
  CHECK(diagnosis_of({.stack_cores = 0.1}, {.per_s = 410, .stack_cores = 0.1}) == "io_bound");
  CHECK(diagnosis_of({.backend_per_s = 500}, {.per_s = 490, .backend_per_s = 500}) ==
        "backend_bound");
  CHECK(diagnosis_of(one, {.per_s = 500, .generator_busy = 0.95}) == "generator_bound");
  CHECK(diagnosis_of(one, {.per_s = 420, .stack_cores = 0.95, .thread_shares = {0.97, 0.03}}) ==
        "accept_imbalance");
  CHECK(diagnosis_of(one, {.per_s = 500, .stack_cores = 1.4}) == "unclear");
  // p95 three times as long: more goes through, but not linearly.
  CHECK(diagnosis_of(one, {.per_s = 790, .stack_cores = 1.8, .p95_ms = 60}) == "cpu_bound");
}

TEST_CASE("diagnosis: more workers than CPUs, and failures") {
  const auto curves = curves_of({{}, {.workers = 8, .per_s = 1500, .stack_cores = 3.9}});
  REQUIRE(curves.size() == 1);
  CHECK(curves[0].diagnosis.code == "core_bound");
  auto failing = ceiling_cell({.workers = 2, .failed = 5});
  CHECK(failing.state == State::no_verdict);  // the check stands in the way
  failing.state = State::measured;            // but were it not so
  const auto with_failures = scaling_of({ceiling_cell({}), failing}, 8);
  REQUIRE(with_failures.size() == 1);
  CHECK(with_failures[0].diagnosis.code == "errors");
}
