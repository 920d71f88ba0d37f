#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// The bytes of one chat-completion request for one target, built once; each use patches the stamp
/// in place. Each session owns a copy, so nothing is shared between threads.
class RequestBytes {
 public:
  RequestBytes(const Options& options, const ApiBase& target);

  /// The request to write now. `id` and `send_ns` go into the stamp, where there is one.
  [[nodiscard]] std::string_view prepare(std::uint32_t id, Nanos send_ns);

 private:
  std::string bytes_;
  std::size_t stamp_at_ = std::string::npos;
};

}  // namespace hopcost::loadgen
