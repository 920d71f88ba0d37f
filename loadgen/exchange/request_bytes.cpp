#include "loadgen/exchange/request_bytes.hpp"

#include "common/stamp.hpp"

namespace hopcost::loadgen {

std::string_view RequestBytes::prepare(const Asked& asked, std::string_view earlier,
                                       std::uint32_t id, Nanos send_ns) {
  if (asked != rendered_ || !earlier.empty()) {
    stamp_at_ = workload_->render(asked, target_, earlier, bytes_);
    rendered_ = earlier.empty() ? asked : Asked{};
  }
  if (stamp_at_ != std::string::npos) {
    write_stamp(bytes_.data() + stamp_at_, RequestStamp{id, send_ns});
  }
  return bytes_;
}

}  // namespace hopcost::loadgen
