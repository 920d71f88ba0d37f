#include "overhead/measure/calibration.hpp"

#include <nlohmann/json.hpp>

#include "overhead/output/calibration_text.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

PassRecord pass(const std::string& arm, int restart, int round, const char* quantity,
                double value) {
  PassRecord made;
  made.arm = arm;
  made.restart = restart;
  made.round = round;
  made.quantities[quantity] = value;
  return made;
}

/// A cost of which we see `seen_ns`, `spread_ns` more in every second restart, where the proxy
/// clocked `truth_ns`.
KnownCost recovered(CostKind kind, double truth_ns, double seen_ns, double spread_ns = 100) {
  std::vector<KnownCost> costs{{kind, 100 * kMicrosecond, 0, {}}};
  std::vector<PassRecord> passes;
  std::vector<Truth> truths;
  for (int restart = 0; restart < 6; ++restart) {
    for (int round = 0; round < 2; ++round) {
      const double seen = seen_ns + (restart % 2) * spread_ns;
      const auto* quantity = costs[0].quantity();
      passes.push_back(pass(costs[0].arm_without(), restart, round, quantity, 1e6));
      passes.push_back(pass(costs[0].arm(), restart, round, quantity, 1e6 + seen));
    }
    truths.push_back({{costs[0].truth_name(), {{100 * kMicrosecond, truth_ns}}}});
  }
  recover(costs, passes, truths);
  return costs[0];
}

void add_stream(std::vector<PassRecord>& passes, const char* arm, std::uint64_t events) {
  for (int restart = 0; restart < 2; ++restart) {
    auto made = pass(arm, restart, 0, "ttft.p50", 1e6);
    made.counters.timely_reads = 100;
    made.counters.timely_events = 100 * events;
    passes.push_back(std::move(made));
  }
}

}  // namespace

TEST_CASE("a cost within 10 us or 5 % of what was clocked is recovered") {
  for (const auto kind : {CostKind::delay, CostKind::chunk_delay, CostKind::burn}) {
    CHECK(recovered(kind, 102e3, 105e3).passed());
    CHECK_FALSE(recovered(kind, 102e3, 115e3).passed());
    CHECK_FALSE(recovered(kind, 102e3, 85e3).passed());
    CHECK(recovered(kind, 5e6, 5.2e6).passed());
    CHECK_FALSE(recovered(kind, 5e6, 5.3e6).passed());
  }
}

TEST_CASE("a spread wider than what is allowed is no verdict, and so is a truth nobody clocked") {
  const auto noisy = recovered(CostKind::delay, 102e3, 92e3, 20e3);
  CHECK(noisy.undecided());
  CHECK_FALSE(noisy.passed());
  std::vector<KnownCost> costs{{CostKind::burn, 1000, 0, {}}};
  const auto* quantity = costs[0].quantity();
  recover(costs,
          {pass(kStack, 0, 0, quantity, 0), pass(costs[0].arm(), 0, 0, quantity, 1),
           pass(kStack, 1, 0, quantity, 0), pass(costs[0].arm(), 1, 0, quantity, 1)},
          {Truth{}});
  CHECK(costs[0].undecided());
}

TEST_CASE("buffering is seen where it is, and only there") {
  std::vector<PassRecord> passes;
  add_stream(passes, kBaselineStream, 1);
  add_stream(passes, kStackStream, 1);
  CHECK_FALSE(recover_buffering(passes));
  add_stream(passes, kStackBuffered, 16);
  CHECK(recover_buffering(passes)->seen);
  CHECK(recover_buffering(passes)->with == 16);
  passes.clear();
  add_stream(passes, kBaselineStream, 1);
  add_stream(passes, kStackStream, 4);  // holds back without being asked
  add_stream(passes, kStackBuffered, 16);
  CHECK_FALSE(recover_buffering(passes)->seen);
}

TEST_CASE("a calibration passes when all costs are recovered and nulls are as chance has them") {
  Calibration calibration;
  calibration.costs = {recovered(CostKind::delay, 102e3, 104e3)};
  CHECK(calibration.verdict() == Verdict::pass);
  calibration.null_intervals.resize(40);
  calibration.nulls_excluding_zero = 6;  // 99.7 % of binomial(40, 5 %) is at most that
  CHECK(calibration.verdict() == Verdict::pass);
  calibration.nulls_excluding_zero = 7;
  CHECK(calibration.verdict() == Verdict::fail);
  calibration.nulls_excluding_zero = 0;
  calibration.costs.push_back(recovered(CostKind::burn, 102e3, 90e3, 20e3));
  CHECK(calibration.verdict() == Verdict::no_verdict);
  calibration.buffering = KnownBuffering{1, 1, false};
  CHECK(calibration.verdict() == Verdict::fail);
  const auto table = calibration_table(calibration);
  INFO(table);
  CHECK(table.find("no verdict") != std::string::npos);
  CHECK(table.ends_with("fail\n"));
  CHECK(calibration_json(calibration)["costs"].size() == 2);
}
