#include "loadgen/measure/request_log.hpp"

#include <set>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

RequestRow row(std::uint64_t number) {
  RequestRow row;
  row.number = number;
  row.send = static_cast<Nanos>(number) + 1;
  return row;
}

std::set<std::uint64_t> numbers(const RequestLog& log) {
  std::set<std::uint64_t> out;
  for (const auto& each : log.rows()) out.insert(each.number);
  return out;
}

}  // namespace

TEST_CASE("a log keeps so many requests, evenly drawn, in the order of time") {
  RequestLog log(100);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    if (log.wants(i)) log.add(row(i));
  }
  const auto rows = log.rows();
  REQUIRE(rows.size() == 100);
  CHECK(std::ranges::is_sorted(rows, {}, &RequestRow::send));
  double sum = 0;
  for (const auto& each : rows) sum += static_cast<double>(each.number);
  // Five standard deviations of the mean of a hundred uniform draws.
  CHECK(std::abs(sum / 100 - 5'000) < 5 * 10'000 / std::sqrt(12.0 * 100));
}

TEST_CASE("logs of threads merge into the log of all") {
  RequestLog whole(50);
  RequestLog even(50);
  RequestLog odd(50);
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    whole.add(row(i));
    (i % 2 == 0 ? even : odd).add(row(i));
  }
  even.merge(odd);
  CHECK(numbers(even) == numbers(whole));
  RequestLog none;
  CHECK_FALSE(none.wants(1));
  none.merge(even);
  CHECK(none.size() == 50);
}
