#include "overhead/microbench/comparison.hpp"

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;

namespace {

std::string run_of(const std::string& name, double time, const std::string& unit = "ns") {
  return fmt::format(
      R"({{"name":"{0}","run_name":"{0}","run_type":"iteration","real_time":{2},"cpu_time":{1},)"
      R"("time_unit":"{3}"}})",
      name, time, 2 * time, unit);
}

std::string document(const std::vector<std::string>& runs, const std::string& host = "a") {
  std::string list;
  for (const auto& run : runs) list += (list.empty() ? "" : ",") + run;
  return fmt::format(R"({{"context":{{"host_name":"{}","num_cpus":2}},"benchmarks":[{}]}})", host,
                     list);
}

BenchmarkFile read(const std::string& text) {
  const TemporaryFolder folder;
  const auto file = read_benchmarks(folder.write("x.json", text));
  if (!file) FAIL(file.error().to_string());
  return *file;
}

std::string error_of(const std::string& text) {
  const TemporaryFolder folder;
  const auto file = read_benchmarks(folder.write("x.json", text));
  REQUIRE_FALSE(file);
  return file.error().to_string();
}

BenchmarkFile times(const std::string& name, double first, std::size_t count) {
  BenchmarkFile file;
  for (std::size_t i = 0; i < count; ++i) {
    file.ns[name].push_back(first * (1 + 0.001 * static_cast<double>(i)));
  }
  return file;
}

BenchmarkChange::Seen seen(double head, std::size_t repetitions, double at_least = 0.02) {
  const auto comparison = compare_benchmarks(times("one", 100, repetitions),
                                             times("one", head, repetitions), 0.05, at_least);
  REQUIRE(comparison.changes.size() == 1);
  return comparison.changes[0].seen;
}

}  // namespace

TEST_CASE("repetitions are grouped, means left out, units turned into ns") {
  auto mean = run_of("a_mean", 3);
  mean.replace(mean.find("iteration"), 9, "aggregate");
  const auto file =
      read(document({run_of("a", 1), run_of("a", 2), mean, run_of("b/real_time", 3, "us")}));
  CHECK(file.ns.size() == 2);
  CHECK(file.ns.at("a") == std::vector<double>{1, 2});
  CHECK(file.ns.at("b/real_time") == std::vector<double>{6000});
}

TEST_CASE("a file that is no benchmark's is one error with file and field") {
  CHECK(error_of("{").find("is not JSON") != std::string::npos);
  CHECK(error_of("{}").find("context is missing") != std::string::npos);
  auto no_unit = run_of("a", 1);
  no_unit.replace(no_unit.find("time_unit"), 9, "timeunits");
  CHECK(error_of(document({no_unit})).find("benchmarks[0].time_unit is missing") !=
        std::string::npos);
  CHECK(error_of(document({run_of("a", 1, "fortnights")})).find("is no unit of time") !=
        std::string::npos);
  CHECK(error_of(R"({"context":{"host_name":"a","num_cpus":2},"benchmarks":3})")
            .find("benchmarks is no list") != std::string::npos);
}

TEST_CASE("slower, faster, no difference, too few") {
  using Seen = BenchmarkChange::Seen;
  CHECK(seen(110, 9) == Seen::slower);
  CHECK(seen(90, 9) == Seen::faster);
  CHECK(seen(101, 9) == Seen::no_difference);  // sure, but small
  CHECK(seen(101, 9, 0.005) == Seen::slower);
  CHECK(seen(110, 3) == Seen::too_few);  // 3 and 3 repetitions reach no p below 0.1
}

TEST_CASE("many benchmarks share the level, and what only one file has is named") {
  BenchmarkFile base = times("a", 100, 4);
  BenchmarkFile head = times("a", 110, 4);
  CHECK(compare_benchmarks(base, head, 0.05, 0.02).exit_code() == 1);
  base.ns["gone"] = head.ns["new"] = {1};
  for (const char* more : {"b", "c"}) base.ns[more] = head.ns[more] = base.ns["a"];
  const auto comparison = compare_benchmarks(base, head, 0.05, 0.02);
  CHECK(comparison.changes[0].seen == BenchmarkChange::Seen::too_few);  // p = 2/70 > 0.05/3
  CHECK(comparison.exit_code() == 2);
  const auto text = comparison_text(comparison);
  INFO(text);
  CHECK(text.find("only in base: gone") != std::string::npos);
  CHECK(text.find("only in head: new") != std::string::npos);
}

TEST_CASE("another machine is named") {
  const auto base = read(document({run_of("a", 1)}));
  const auto head = read(document({run_of("a", 1)}, "b"));
  CHECK(compare_benchmarks(base, head, 0.05, 0.02).other_machine == "host a and b");
}
