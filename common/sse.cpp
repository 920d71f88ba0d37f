#include "common/sse.hpp"

namespace hopcost {

void SseDecoder::skip_byte_order_mark(std::string_view& bytes) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  while (!bytes.empty() && mark_seen_ < kMark.size()) {
    if (bytes.front() != kMark[mark_seen_]) {
      line_ = kMark.substr(0, mark_seen_);  // it was the start of something else
      break;
    }
    ++mark_seen_;
    bytes.remove_prefix(1);
  }
  at_start_ = bytes.empty() && mark_seen_ < kMark.size();
}

void SseDecoder::take_line(std::string_view line, bool in_input) {
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  }
  if (field == "event") {
    name_ = value;
  } else if (field == "data") {
    if (!has_data_ && in_input) {
      view_ = value;
    } else {
      keep_view();
      if (has_data_) data_ += '\n';
      data_ += value;
      owned_ = true;
    }
    has_data_ = true;
  }  // comments (empty field), id, retry and unknown fields do not matter here
}

void SseDecoder::keep_view() {
  if (!has_data_ || owned_) return;
  data_ = view_;
  owned_ = true;
}

void SseDecoder::reset_event() {
  has_data_ = false;
  owned_ = false;
  data_.clear();
  name_.clear();
}

}  // namespace hopcost
