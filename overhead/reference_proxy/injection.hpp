#pragma once

#include <string_view>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost::reference_proxy {

/// The longest cost that may be asked for: a typing error must not hang a worker.
inline constexpr Nanos kMaxInjected = 60 * kSecond;

/// The costs to add to one request. All 0 and false: a plain proxy.
struct Injection {
  Nanos add_delay = 0;        ///< wait before the request is forwarded
  Nanos add_chunk_delay = 0;  ///< latency of each piece of a streamed body
  Nanos burn_cpu = 0;         ///< thread CPU time used up before the request is forwarded
  bool buffer = false;        ///< hold a streamed body back until its end

  bool operator==(const Injection&) const = default;
};

/// Applies one request header. True when the header is one of ours (and must not be forwarded),
/// false when it is somebody else's. An Error's `where` is the header's name.
[[nodiscard]] Result<bool> apply_override(Injection& injection, std::string_view name,
                                          std::string_view value);

/// Refuses what apply_override would refuse; for values from the command line.
[[nodiscard]] Result<void> check(const Injection& injection);

}  // namespace hopcost::reference_proxy
