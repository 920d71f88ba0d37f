/// The floor of meeting deadlines: a thread that does nothing but look at the clock, on a CPU that
/// may be taken from it. How late it sees deadlines that come evenly is how late anything on that
/// CPU must be. Prints one line of JSON; times in nanoseconds.
///
///   spin_floor --seconds N [--every-us N]
#include <algorithm>
#include <cstdio>
#include <vector>

#include "tests/bench/sockets.hpp"

namespace {

using namespace hopcost::bench;

/// A look that comes so long after the one before was held up by something else.
constexpr std::int64_t kHeldUp = 50'000;

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const std::int64_t seconds = arguments.number("seconds", 1);
  const std::int64_t every_ns = arguments.number("every-us", 20) * 1'000;
  arguments.refuse_others();
  if (seconds < 1 || seconds > 600 || every_ns < 1'000) {
    die("--seconds must be from 1 to 600, --every-us at least 1");
  }
  std::vector<std::int64_t> lateness(static_cast<std::size_t>(seconds * 1'000'000'000 / every_ns));
  std::int64_t held_up_ns = 0;
  std::int64_t seen_ns = now_ns();
  std::int64_t due_ns = seen_ns;
  for (std::int64_t& late : lateness) {
    due_ns += every_ns;
    while (true) {
      const std::int64_t now = now_ns();
      if (now - seen_ns > kHeldUp) held_up_ns += now - seen_ns;
      seen_ns = now;
      if (now >= due_ns) break;
    }
    late = seen_ns - due_ns;
  }
  std::ranges::sort(lateness);
  const auto at = [&lateness](std::size_t per_mille) {
    return static_cast<std::intmax_t>(lateness[(lateness.size() - 1) * per_mille / 1'000]);
  };
  std::printf(R"({"deadlines":%zu,"p50_ns":%jd,"p99_ns":%jd,"max_ns":%jd,"held_up_ns":%jd})"
              "\n",
              lateness.size(), at(500), at(990), at(1'000), static_cast<std::intmax_t>(held_up_ns));
  return 0;
}
