#include "common/cpu.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include "tests/catch.hpp"

using namespace hopcost;

TEST_CASE("a list of CPUs is written as the kernel writes it and read back") {
  CHECK(cpu_list_text({}).empty());
  CHECK(cpu_list_text({5}) == "5");
  CHECK(cpu_list_text({0, 1, 2, 3, 8}) == "0-3,8");
  for (const char* text : {"0", "0-1", "0-3,8", "1,3,5-7,1023"}) {
    INFO(text);
    CHECK(cpu_list_text(parse_cpu_list(text).value()) == text);
  }
}

TEST_CASE("a list of CPUs in any order, with repetitions, becomes an ascending set") {
  CHECK(parse_cpu_list("8,0-2,1,8").value() == CpuSet{0, 1, 2, 8});
}

TEST_CASE("what is not a list of CPUs is refused by name") {
  for (const char* text : {"", ",", "0,", ",0", "a", "0-", "-1", "3-1", "0--1", "0 1", "1024",
                           "0-99999999", "99999999999", "0-3;8"}) {
    INFO("'" << text << "'");
    const auto parsed = parse_cpu_list(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find(std::string("'") + text + "'") == 0);
  }
}

TEST_CASE("a pinned thread may run only where it was pinned, and the others stay free") {
  const auto before = allowed_cpus();
  REQUIRE_FALSE(before.empty());
  REQUIRE(std::ranges::is_sorted(before));
  CpuSet inside;
  Result<void> outcome;
  std::thread([&] {
    outcome = pin_current_thread({before.back()});
    inside = allowed_cpus();
  }).join();
  CHECK(outcome.has_value());
  CHECK(inside == CpuSet{before.back()});
  CHECK(allowed_cpus() == before);
}

TEST_CASE("pinning to nothing changes nothing, and to a CPU that is not there is an error") {
  const auto before = allowed_cpus();
  CHECK(pin_current_thread({}).has_value());
  CHECK(allowed_cpus() == before);
  const auto refused = pin_current_thread({1023});
  if (std::ranges::find(before, 1023) == before.end()) {
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("1023") != std::string::npos);
  }
}

TEST_CASE("the machine's CPU time does not fall and a busy thread shows in it") {
  const auto earlier = read_machine_cpu();
  CHECK(earlier.busy_ns > 0);
  const Nanos start = thread_cpu_ns();
  while (thread_cpu_ns() - start < 200 * kMillisecond) {
  }
  const auto later = read_machine_cpu();
  CHECK(later.busy_ns - earlier.busy_ns >= 100 * kMillisecond);
  CHECK(later.steal_ns >= earlier.steal_ns);
}

TEST_CASE("the facts about the machine are there") {
  const auto facts = read_machine_facts();
  CHECK(facts.cpus == static_cast<int>(allowed_cpus().size()));
  CHECK(facts.kernel.starts_with("Linux "));
  CHECK_FALSE(facts.governor.empty());
  CHECK_FALSE(facts.clock_source.empty());
  CHECK(facts.memory_gib > 0);
}

TEST_CASE("pressure, where the kernel keeps it, does not fall") {
  const auto earlier = read_pressure();
  const auto later = read_pressure();
  REQUIRE(earlier.has_value() == later.has_value());
  if (!earlier) return;
  CHECK(later->cpu_ns >= earlier->cpu_ns);
  CHECK(later->io_ns >= earlier->io_ns);
  CHECK(later->memory_ns >= earlier->memory_ns);
}
