#include "mockserver/http/wall_clock.hpp"

#include <charconv>
#include <ctime>

namespace hopcost::mockserver {

void WallClock::refresh(Nanos now_ns) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  next_ns_ = now_ns + kSecond - now.tv_nsec;
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  // The program never leaves the C locale, whose names are the ones HTTP wants.
  std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  const auto [end, ec] =
      std::to_chars(seconds_.data(), seconds_.data() + seconds_.size(), now.tv_sec);
  seconds_size_ = static_cast<std::size_t>(end - seconds_.data());
}

}  // namespace hopcost::mockserver
