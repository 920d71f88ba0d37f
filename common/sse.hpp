#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hopcost {

/// One server-sent event. Both views live until the callback returns.
struct SseEvent {
  std::string_view name;  ///< the `event:` field, empty when absent
  std::string_view data;  ///< the `data:` lines, joined by LF
};

/// An incremental decoder of text/event-stream (WHATWG HTML, section 9.2.6), for one response.
///
/// A byte order mark at the start is dropped. Bytes may be split anywhere, lines may end in LF, CR
/// or CRLF, comments are skipped, an event without data is not delivered. An event that lies in one
/// piece in the bytes fed is delivered without a copy.
class SseDecoder {
 public:
  /// More than this in one line or one event is an error: no peer can make us hold unbounded
  /// memory.
  static constexpr std::size_t kMaxEvent = 16U << 20U;

  /// Calls `on_event(const SseEvent&)` for each event that `bytes` completes. False once the limit
  /// was passed; the decoder is then of no further use.
  template <class OnEvent>
  bool feed(std::string_view bytes, OnEvent&& on_event) {
    if (at_start_) skip_byte_order_mark(bytes);
    while (!bytes.empty()) {
      if (skip_lf_) {
        skip_lf_ = false;
        if (bytes.front() == '\n') {
          bytes.remove_prefix(1);
          continue;
        }
      }
      const auto end = bytes.find_first_of("\r\n");
      if (end == std::string_view::npos) {
        line_.append(bytes);
        break;
      }
      skip_lf_ = bytes[end] == '\r';
      std::string_view line = bytes.substr(0, end);
      const bool in_input = line_.empty();
      if (!in_input) {
        line_.append(line);
        line = line_;
      }
      bytes.remove_prefix(end + 1);
      if (line.empty()) {
        if (has_data_) on_event(SseEvent{name_, owned_ ? std::string_view(data_) : view_});
        reset_event();
      } else {
        take_line(line, in_input);
      }
      line_.clear();
    }
    keep_view();
    return line_.size() + data_.size() <= kMaxEvent;
  }

  /// True when bytes of an unterminated event are held: the stream was cut inside an event.
  [[nodiscard]] bool inside_event() const {
    return has_data_ || !line_.empty() || (at_start_ && mark_seen_ > 0);
  }

 private:
  /// Takes the mark, or what has come of it, off the front of a stream's first bytes.
  void skip_byte_order_mark(std::string_view& bytes);
  void take_line(std::string_view line, bool in_input);
  void keep_view();
  void reset_event();

  std::string line_;       ///< a line whose end has not arrived
  std::string data_;       ///< data that could not stay a view
  std::string_view view_;  ///< data of one line, still inside the caller's bytes
  std::string name_;
  bool has_data_ = false;
  bool owned_ = false;  ///< data_ holds the data, not view_
  bool skip_lf_ = false;
  bool at_start_ = true;       ///< a byte order mark may still come
  std::size_t mark_seen_ = 0;  ///< how much of it has come
};

}  // namespace hopcost
