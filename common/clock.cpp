#include "common/clock.hpp"

#include <ctime>

namespace hopcost {

Nanos thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

}  // namespace hopcost
