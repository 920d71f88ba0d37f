#pragma once

#include <chrono>
#include <cstdint>

namespace hopcost {

/// A point in time or a length of time, in nanoseconds. Points are readings of CLOCK_MONOTONIC,
/// which every process on one host shares; that is what makes stamps comparable.
using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

[[nodiscard]] constexpr double in_seconds(Nanos time) {
  return static_cast<double>(time) / static_cast<double>(kSecond);
}

/// Now, since the epoch; may step.
[[nodiscard]] inline Nanos epoch_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

[[nodiscard]] inline Nanos now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// The same instant as Asio's timers speak it.
[[nodiscard]] inline std::chrono::steady_clock::time_point to_time_point(Nanos t) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(t));
}

/// CPU time used so far by the calling thread.
[[nodiscard]] Nanos thread_cpu_ns();

}  // namespace hopcost
