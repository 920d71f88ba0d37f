// A quantity that is accepted has a sensible value and a text that is read back as the same.

#include <cmath>
#include <string>

#include "common/cpu.hpp"
#include "common/units.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hopcost;
  using fuzz::expect;
  const auto text = fuzz::text_of(bytes, size);
  if (const auto ns = parse_duration(text)) {
    expect(*ns >= 0, "a duration is not negative");
    expect(parse_duration(duration_text(*ns)) == *ns, "a duration's text is read back");
    expect(!format_duration(static_cast<double>(*ns)).empty(), "a duration can be shown");
  } else {
    expect(!ns.error().message.empty(), "a refusal says something");
  }
  if (const auto rate = parse_rate(text)) {
    expect(*rate > 0 && std::isfinite(*rate), "a rate is above 0 and finite");
  }
  if (const auto amount = parse_size(text)) {
    expect(*amount <= 9'000'000'000'000'000'000U, "a size fits 64 bits with room");
    expect(parse_size(text) == *amount, "a size is the same each time");
  }
  if (const auto cpus = parse_cpu_list(text)) {
    expect(!cpus->empty(), "a CPU list is not empty");
    expect(parse_cpu_list(cpu_list_text(*cpus)) == *cpus, "a CPU list's text is read back");
  }
  return 0;
}
