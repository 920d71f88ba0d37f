#pragma once

#include <array>
#include <string_view>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// The date as HTTP and JSON want it, read from the system once a second: one per thread.
class WallClock {
 public:
  /// Brings the texts up to date with the monotonic time `now_ns`.
  void update(Nanos now_ns) {
    if (now_ns >= next_ns_) [[unlikely]]
      refresh(now_ns);
  }

  /// "Sun, 06 Nov 1994 08:49:37 GMT"
  [[nodiscard]] std::string_view date() const { return {date_.data(), kDateSize}; }
  /// Unix time in seconds: "1700000000"
  [[nodiscard]] std::string_view unix_seconds() const { return {seconds_.data(), seconds_size_}; }

 private:
  static constexpr std::size_t kDateSize = 29;
  void refresh(Nanos now_ns);

  Nanos next_ns_ = 0;
  std::array<char, kDateSize + 1> date_{};
  std::array<char, 20> seconds_{};
  std::size_t seconds_size_ = 0;
};

}  // namespace hopcost::mockserver
