#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hopcost::mockserver {

/// Sixteen hexadecimal digits that name one request.
using RequestId = std::array<char, 16>;

/// Gives ids that look random and never repeat within a process: a counter of the worker's own,
/// scrambled by a bijection. One per worker.
class RequestIds {
 public:
  /// `seed` is the process's, `worker` this thread's number (below 65536).
  RequestIds(std::uint64_t seed, std::uint64_t worker) : seed_(seed), next_(worker << 48U) {}

  [[nodiscard]] RequestId next() {
    std::uint64_t x = next_++ ^ seed_;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    x ^= x >> 31U;
    RequestId id;
    for (auto& digit : id) {
      digit = "0123456789abcdef"[x & 15U];
      x >>= 4U;
    }
    return id;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t next_;
};

inline std::string_view view(const RequestId& id) {
  return {id.data(), id.size()};
}

}  // namespace hopcost::mockserver
