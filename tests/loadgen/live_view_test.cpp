#include "loadgen/live_view.hpp"

#include <thread>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Second second_with(std::uint64_t ok) {
  Histogram times;
  for (std::uint64_t i = 0; i < ok; ++i) times.record(kMillisecond);
  Second second;
  second.ok = second.sent = ok;
  for (auto& metric : second.times) metric = times.compact();
  return second;
}

Options sample() {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  options.threads = 2;
  return options;
}

}  // namespace

TEST_CASE("a live view shows the seconds of which every thread has told") {
  const auto options = sample();
  LiveView view({"mock", "stress_test", {}});
  auto source = view.source();
  CHECK_FALSE(source.data());
  Monitor monitor(options, false);
  view.follow(options, monitor);
  CHECK(source.stamp() == "1.0");
  monitor.on_seconds(0, {second_with(10), second_with(10)});
  CHECK(source.stamp() == "1.0");  // the other thread has told of none
  monitor.on_seconds(1, {second_with(5)});
  CHECK(source.stamp() == "1.1");
  auto data = source.data();
  REQUIRE(data);
  CHECK((*data)["seconds"].size() == 1);
  CHECK((*data)["counters"]["ok"] == 15);
  CHECK((*data)["target"] == "mock");
  CHECK((*data)["metrics"]["e2e"]["n"] == 15);
  // Between two runs what was seen last stays.
  view.leave();
  data = source.data();
  REQUIRE(data);
  CHECK((*data)["counters"]["ok"] == 15);
  Monitor next(options, false);
  view.follow(options, next);
  CHECK(source.stamp() == "2.0");
}

TEST_CASE("a live view is looked at while a run goes on") {
  const auto options = sample();
  LiveView view({});
  auto source = view.source();
  Monitor monitor(options, false);
  view.follow(options, monitor);
  std::jthread looker([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      static_cast<void>(source.stamp());
      static_cast<void>(source.data());
    }
  });
  {
    std::jthread first([&] {
      for (int i = 0; i < 20; ++i) monitor.on_seconds(0, {second_with(3)});
    });
    std::jthread second([&] {
      for (int i = 0; i < 20; ++i) monitor.on_seconds(1, {second_with(4)});
    });
  }
  looker.request_stop();
  looker.join();
  CHECK(source.stamp() == "1.20");
  view.leave();
  const auto data = source.data();
  REQUIRE(data);
  CHECK((*data)["counters"]["ok"] == 20 * 7);
}
