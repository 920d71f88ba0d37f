#include "loadgen/plan/plan.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Options sample() {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  options.duration = 4 * kSecond;
  return options;
}

/// A level with so many replies in each of its seconds.
RunResult level(std::vector<std::uint64_t> replies) {
  RunResult result;
  result.start_ns = 1;
  result.measured_ns = static_cast<Nanos>(replies.size()) * kSecond;
  for (const auto ok : replies) {
    auto& second = result.seconds.emplace_back();
    second.ok = second.sent = ok;
    result.counters.sent += ok;
    result.counters.ok += ok;
    result.counters.completed_in_window += ok;
  }
  return result;
}

/// Serves `most` a second, and as many a user as one gets.
RunLevel server(double one, double most) {
  return [one, most](const Options& options, int) -> Result<RunResult> {
    const double wanted = options.open_loop() ? options.rate_per_s : one * options.concurrency;
    const auto ok = static_cast<std::uint64_t>(std::min(wanted, most));
    auto result = level({ok, ok + 1, ok, ok - 1});
    if (options.open_loop()) {
      result.offered_per_s = options.rate_per_s;
      result.counters.unsent = static_cast<std::uint64_t>(4 * std::max(0.0, wanted - most));
    }
    return result;
  };
}

}  // namespace

TEST_CASE("a sweep is read, and nonsense is refused") {
  CHECK(parse_sweep("concurrency=1,2,4")->values == std::vector<double>{1, 2, 4});
  CHECK(parse_sweep("rate=10/s,0.5/s").has_value() == false);
  CHECK(parse_sweep("rate=10/s,500/s")->kind == Plan::Kind::rates);
  CHECK(parse_sweep("between=10")->levels == 10);
  for (const auto* wrong : {"", "concurrency", "concurrency=", "concurrency=0", "concurrency=2,1",
                            "concurrency=1,1", "concurrency=1.5", "rate=0/s", "between=2", "x=1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_sweep(wrong));
  }
  CHECK(parse_search("10/s-2000/s")->values == std::vector<double>{10, 2000});
  for (const auto* wrong : {"", "10/s", "10/s-5/s", "0/s-5/s", "a-b"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_search(wrong));
  }
}

TEST_CASE("the knee is where the lowest level's throughput would reach the largest") {
  const auto done = carry_out(*parse_sweep("concurrency=1,2,4,8,16"), sample(), server(100, 500));
  REQUIRE(done);
  REQUIRE(done->total.stages.size() == 5);
  const auto& knee = done->findings.knee;
  REQUIRE(knee.users);
  CHECK(knee.users->value == Catch::Approx(5));
  CHECK(knee.users->low < 5);
  CHECK(knee.users->low > 4.8);
  CHECK(knee.users->high > 5);
  CHECK(knee.most_per_s.value == Catch::Approx(500));
  CHECK(done->total.counters.ok == 4 * (100 + 200 + 400 + 500 + 500));
  CHECK(done->total.measured_ns == 20 * kSecond);
  CHECK(done->total.seconds.size() == 20);
  CHECK(done->findings.text().starts_with("knee: 5.0 users ["));
}

TEST_CASE("where throughput still grows, or a level is short, there is no knee") {
  auto done = carry_out(*parse_sweep("concurrency=1,2,4"), sample(), server(100, 500));
  CHECK_FALSE(done->findings.knee.users);
  CHECK(done->findings.text() == "knee: n/a: throughput still grows at the highest level");
  done = carry_out(*parse_sweep("concurrency=1,2"), sample(), server(100, 500));
  CHECK(done->findings.text() == "knee: n/a: fewer than three levels");
  const RunLevel brief = [](const Options&, int) -> Result<RunResult> { return level({5, 5}); };
  done = carry_out(*parse_sweep("concurrency=1,2,4"), sample(), brief);
  CHECK(done->findings.text() == "knee: n/a: concurrent@1 has fewer than three whole seconds");
}

TEST_CASE("a sweep ends at the level that crosses a stop condition, and that is what it found") {
  auto options = sample();
  options.stop_if.push_back(*parse_threshold("requests_per_s>450"));
  const auto done = carry_out(*parse_sweep("concurrency=1,2,4,8,16"), options, server(100, 500));
  REQUIRE(done);
  CHECK(done->total.stages.size() == 4);
  CHECK(done->findings.broke_at == "8 users");
  CHECK(done->total.stopped_by.starts_with("requests_per_s>450: 500"));
  CHECK(done->findings.text().ends_with("; breaking point: 8 users: " + done->total.stopped_by));
  // Whoever says how many errors are too many has said how many are not.
  options.stop_if.assign(1, *parse_threshold("errors>5%"));
  RunResult result = level({100});
  result.counters.sent = 103;
  result.counters.failures[static_cast<std::size_t>(Failure::connect)] = 3;
  CHECK(judge(options, result).valid());
  options.stop_if.clear();
  CHECK_FALSE(judge(options, result).valid());
}

TEST_CASE("users that begin one after another are all there before a level counts") {
  auto options = sample();
  options.spawn_per_s = 5;
  std::vector<Nanos> warmups;
  const RunLevel look = [&](const Options& level_options, int) -> Result<RunResult> {
    warmups.push_back(level_options.warmup);
    return level({5, 5, 5});
  };
  REQUIRE(carry_out(*parse_sweep("concurrency=1,50"), options, look));
  CHECK(warmups == std::vector<Nanos>{options.warmup, 10 * kSecond});
}

TEST_CASE("throughput's interval is Student's t over whole seconds") {
  StageResult stage;
  stage.measured = level({10, 12, 14});
  stage.seconds = level({10, 12, 14, 3}).seconds;  // the last is behind the window
  const auto rate = throughput_of(stage);
  REQUIRE(rate);
  CHECK(rate->value == 12);
  // t(0.975, 2) = 4.3027; standard error 2 / sqrt(3)
  CHECK(rate->high == Catch::Approx(12 + 4.3027 * 2 / std::sqrt(3.0)).epsilon(1e-4));
}

TEST_CASE("a search ends with two rates that are close, one of which met the service level") {
  auto options = sample();
  REQUIRE(add_service_level("success>=99%", options.service_level));
  const auto done = carry_out(*parse_search("10/s-10000/s"), options, server(100, 730));
  REQUIRE(done);
  const auto& found = done->findings;
  REQUIRE(found.met_per_s);
  REQUIRE(found.missed_per_s);
  CHECK(*found.met_per_s <= 730 / 0.99);
  CHECK(*found.missed_per_s > 730);
  CHECK(*found.missed_per_s / *found.met_per_s <= 1.05);
  CHECK(found.why.find("were sent") != std::string::npos);
  CHECK(done->total.stages.size() < 15);
}

TEST_CASE(
    "a search says where every rate met the service level, none did, or the generator was busy") {
  auto options = sample();
  REQUIRE(add_service_level("success>=99%", options.service_level));
  auto done = carry_out(*parse_search("10/s-100/s"), options, server(100, 1e6));
  CHECK(done->findings.text() ==
        "search: 100.0/s, the highest that was allowed, met the service level");
  done = carry_out(*parse_search("100/s-1000/s"), options, server(100, 50));
  CHECK(done->findings.text().starts_with("search: no rate met the service level: "));
  const RunLevel busy = [](const Options&, int) -> Result<RunResult> {
    auto result = level({5, 5});
    result.generator_busy_share = 0.9;
    return result;
  };
  done = carry_out(*parse_search("10/s-100/s"), options, busy);
  CHECK(done->findings.text().find("the load generator itself was busy 90 %") != std::string::npos);
}

TEST_CASE("between idle and saturation: one user, as fast as it goes, then rates in even steps") {
  auto options = sample();
  options.max_in_flight = 64;
  const auto done = carry_out(*parse_sweep("between=5"), options, server(100, 500));
  REQUIRE(done->total.stages.size() == 5);
  CHECK(done->total.stages[0].concurrency == 1);
  CHECK(done->total.stages[1].concurrency == 64);
  CHECK(done->total.stages[2].rate_per_s == Catch::Approx(200));
  CHECK(done->total.stages[4].rate_per_s == Catch::Approx(400));
}

TEST_CASE("a level that was stopped ends the plan") {
  int levels = 0;
  const RunLevel stopped = [&](const Options&, int) -> Result<RunResult> {
    auto result = level({5, 5, 5});
    if (++levels == 2) result.stopped_by = "errors>1%";
    return result;
  };
  const auto done = carry_out(*parse_sweep("concurrency=1,2,4,8"), sample(), stopped);
  CHECK(levels == 2);
  CHECK(done->total.stopped_by == "errors>1%");
}
