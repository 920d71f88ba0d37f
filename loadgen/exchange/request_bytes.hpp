#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "loadgen/workload/workload.hpp"

namespace hopcost::loadgen {

/// The bytes of one connection's requests, one at a time. Put together again only where something
/// but the stamp changes; each use patches the stamp in place.
class RequestBytes {
 public:
  RequestBytes(const Workload& workload, std::size_t target)
      : workload_(&workload), target_(target) {}

  /// The request to write now. `earlier`: of a conversation, as Workload::render() has it. `id` and
  /// `send_ns` go into the stamp, where there is one.
  [[nodiscard]] std::string_view prepare(const Asked& asked, std::string_view earlier,
                                         std::uint32_t id, Nanos send_ns);

 private:
  const Workload* workload_;
  std::size_t target_;
  std::string bytes_;
  Asked rendered_;  ///< of `bytes_`; nothing yet asks for 0 tokens
  std::size_t stamp_at_ = std::string::npos;
};

}  // namespace hopcost::loadgen
