#include "loadgen/demand.hpp"

#include <set>
#include <tuple>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Options sample() {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  options.warmup = 0;
  return options;
}

Window window_of(const Options& options) {
  Window window;
  window.start = 1'000 * kSecond;
  window.from = window.start + options.warmup;
  window.to = window.until = window.from + options.duration;
  return window;
}

Demand begun(const Options& options, const Workload& workload, int index = 0,
             std::shared_ptr<const std::vector<DatasetEntry>> entries = nullptr) {
  Demand demand(options, workload, std::move(entries), index);
  demand.begin(window_of(options));
  return demand;
}

}  // namespace

TEST_CASE("users who are ready are due at once, and again when they were answered") {
  auto options = sample();
  options.concurrency = 2;
  const Workload workload(options, nullptr);
  auto demand = begun(options, workload);
  const auto first = demand.take();
  const auto second = demand.take();
  CHECK(first.intended == 0);
  CHECK(std::set{first.user, second.user} == std::set{0, 1});
  CHECK(demand.due() == Demand::kNever);
  const std::string reply = "yes";
  demand.finished(first, 5, &reply, 1);
  CHECK(demand.due() == 0);
  CHECK(demand.take().user == first.user);
  demand.finished(second, 5, nullptr, 1, 700);  // its server was not there
  CHECK(demand.due() == 700);
}

TEST_CASE("users begin one after another over all threads, and think") {
  auto options = sample();
  options.concurrency = 4;
  options.threads = 2;
  options.spawn_per_s = 10;
  options.think_time = *ThinkTime::parse("3s");
  const Workload workload(options, nullptr);
  std::set<Nanos> starts;
  for (int index = 0; index < 2; ++index) {
    auto demand = begun(options, workload, index);
    while (demand.due() != Demand::kNever) {
      const auto order = demand.take();
      starts.insert(order.intended - 1'000 * kSecond);
    }
  }
  CHECK(starts == std::set<Nanos>{0, 100 * kMillisecond, 200 * kMillisecond, 300 * kMillisecond});
  auto demand = begun(options, workload);
  const auto order = demand.take();
  const Nanos now = 2'000 * kSecond;
  std::ignore = demand.take();
  demand.finished(order, now, nullptr, 0);
  CHECK(demand.due() == now + 3 * kSecond);
}

TEST_CASE("threads and processes number the requests of a run without gap or repeat") {
  auto options = sample();
  options.rate_per_s = 1'000;
  options.threads = 2;
  options.shares = 3;
  options.max_requests = 100;
  options.max_in_flight = 6;
  const Workload workload(options, nullptr);
  std::set<std::uint64_t> numbers;
  std::set<Nanos> times;
  for (int index = 0; index < 6; ++index) {
    auto demand = begun(options, workload, index);
    while (demand.due() != Demand::kNever) {
      const auto order = demand.take();
      CHECK(numbers.insert(order.number).second);
      times.insert(order.intended);
    }
    CHECK(demand.exhausted());
  }
  CHECK(numbers.size() == 100);
  CHECK(*numbers.rbegin() == 99);
  CHECK(times.size() == 100);
  CHECK(*times.rbegin() - *times.begin() == 99 * kMillisecond);
}

TEST_CASE("what is to be tried again comes when it is time, before what is due later") {
  auto options = sample();
  options.rate_per_s = 10;
  const Workload workload(options, nullptr);
  auto demand = begun(options, workload);
  auto order = demand.take();
  const auto number = order.number;
  order.attempt = 2;
  demand.put_back(order, order.intended + 50 * kMillisecond);
  CHECK(demand.due() == order.intended + 50 * kMillisecond);
  CHECK(demand.take().number == number);
  CHECK(demand.due() == order.intended + 100 * kMillisecond);
  demand.put_back(order, order.intended + 200 * kMillisecond);
  CHECK(demand.take().number != number);
  int left = 0;
  demand.leave_again([&](const Order& again) {
    CHECK(again.number == number);
    ++left;
  });
  CHECK(left == 1);
}

TEST_CASE("a conversation keeps its model and beginning, and ends when a request fails") {
  auto options = sample();
  options.turns = 3;
  options.models = {{"a", 1}, {"b", 1}};
  const Workload workload(options, nullptr);
  auto demand = begun(options, workload);
  const std::string reply = "it \"is\"";
  auto order = demand.take();
  CHECK(order.earlier.empty());
  const auto model = order.asked.model;
  demand.finished(order, 0, &reply, 0);
  order = demand.take();
  CHECK(order.asked.model == model);
  CHECK(order.earlier.ends_with(R"({"role":"assistant","content":"it \"is\""},)"));
  demand.finished(order, 0, nullptr, 0);
  CHECK(demand.take().earlier.empty());
}

TEST_CASE("a trace's requests are due at its times, faster where that is asked for") {
  auto options = sample();
  options.replay = true;
  options.replay_speed = 4;
  options.threads = 2;
  const auto entries = std::make_shared<const std::vector<DatasetEntry>>(
      *parse_dataset("timestamp,prompt_tokens,output_tokens\n1,5,1\n2,6,1\n5,7,1\n", "t.csv"));
  const Workload workload(options, entries);
  auto even = begun(options, workload, 0, entries);
  auto odd = begun(options, workload, 1, entries);
  const auto first = even.take();
  CHECK(first.intended == 1'000 * kSecond);
  CHECK(first.asked.prompt == 5);
  const auto second = odd.take();
  CHECK(second.intended == 1'000 * kSecond + 250 * kMillisecond);
  CHECK(second.asked.prompt == 6);
  CHECK(even.take().asked.prompt == 7);
  CHECK(even.due() == Demand::kNever);
  int rest = 0;
  begun(options, workload, 0, entries).leave_rest(1'001 * kSecond, [&](Nanos) { ++rest; });
  CHECK(rest == 1);
}
