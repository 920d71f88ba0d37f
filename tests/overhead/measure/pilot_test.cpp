#include "overhead/measure/pilot.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

TEST_CASE("the pilot keeps the asked delay where the backend can bear it") {
  const Experiment experiment;
  const auto scenario = choose_scenario(experiment, {20'000, 200'000}, {8, Mode::unary});
  CHECK(scenario.ttft == experiment.ttft);
  CHECK(scenario.itl == 0);
}

TEST_CASE("the pilot lengthens the delay until the load is below its share of the ceiling") {
  const Experiment experiment;
  const Ceiling ceiling{10'000, 50'000};
  for (const int concurrency : {1, 8, 64, 1000}) {
    const auto unary = choose_scenario(experiment, ceiling, {concurrency, Mode::unary});
    const double requests_per_s = concurrency / (static_cast<double>(unary.ttft) / kSecond);
    CHECK(requests_per_s <= kPilotLoad * ceiling.requests_per_s * 1.0001);
    const auto stream = choose_scenario(experiment, ceiling, {concurrency, Mode::stream});
    const double chunks_per_s = concurrency / (static_cast<double>(stream.itl) / kSecond);
    CHECK(chunks_per_s <= kPilotLoad * ceiling.chunks_per_s * 1.0001);
    CHECK(stream.itl >= experiment.itl);
  }
}

TEST_CASE("a pass is long enough for the requests it needs, and never shorter than asked") {
  Experiment experiment;
  experiment.min_pass = 300 * kMillisecond;
  experiment.min_requests = 20;
  CHECK(choose_pass_length(experiment, {1}, 2e6) == 300 * kMillisecond);
  CHECK(choose_pass_length(experiment, {1}, 50e6) >= 20 * 50 * kMillisecond);
  CHECK(choose_pass_length(experiment, {8}, 50e6) == 300 * kMillisecond);
  // 32 users who wait a quarter of a second: several turns of theirs.
  CHECK(choose_pass_length(experiment, {32}, 250e6) == 1000 * kMillisecond);
  Level open{256};
  open.rate_per_s = 10;
  CHECK(choose_pass_length(experiment, open, 1e6) >= 2 * kSecond);  // 20 requests at 10/s
}

TEST_CASE("an open loop's delays are those that were asked for: they do not change its load") {
  const Experiment experiment;
  Level level{256, Mode::stream};
  level.rate_per_s = 100;
  const auto scenario = choose_scenario(experiment, {1000, 2000}, level);
  CHECK(scenario.ttft == experiment.ttft);
  CHECK(scenario.itl == experiment.itl);
}

TEST_CASE("processes that have worked are told from those that only look on") {
  TreeCpu before;
  before.by_process = {{1, 500}, {2, 100}, {3, 100}, {4, 0}};
  TreeCpu after;
  after.by_process = {{1, 501}, {2, 1100}, {3, 400}, {4, 0}, {5, 900}};
  CHECK(processes_at_work(before, after) == 3);  // 2, 3 and 5, which is new
  CHECK(processes_at_work(after, after) == 0);   // nobody did anything
  CHECK(processes_at_work({}, {}) == 0);
}
