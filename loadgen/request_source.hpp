#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "loadgen/workload/request_template.hpp"

namespace hopcost::loadgen {

/// The bytes of one connection's requests, one at a time. Put together again only where the lengths
/// change; each use patches the stamp in place.
class RequestBytes {
 public:
  explicit RequestBytes(std::shared_ptr<const RequestTemplate> from) : template_(std::move(from)) {}

  /// The request to write now. `id` and `send_ns` go into the stamp, where there is one.
  [[nodiscard]] std::string_view prepare(const Asked& asked, std::uint32_t id, Nanos send_ns);

 private:
  std::shared_ptr<const RequestTemplate> template_;
  std::string bytes_;
  Asked rendered_;  ///< of `bytes_`; nothing yet asks for 0 tokens
  std::size_t stamp_at_ = std::string::npos;
};

}  // namespace hopcost::loadgen
