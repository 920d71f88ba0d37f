#include "loadgen/request_source.hpp"

#include "common/stamp.hpp"

namespace hopcost::loadgen {

std::string_view RequestBytes::prepare(const Asked& asked, std::uint32_t id, Nanos send_ns) {
  if (asked != rendered_) {
    stamp_at_ = template_->render(asked, bytes_);
    rendered_ = asked;
  }
  if (stamp_at_ != std::string::npos) {
    write_stamp(bytes_.data() + stamp_at_, RequestStamp{id, send_ns});
  }
  return bytes_;
}

}  // namespace hopcost::loadgen
