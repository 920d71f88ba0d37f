#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hopcost::bench {

/// Follows the answers on one connection just closely enough to count: status, end of the head,
/// server-sent events, end of the body. It shares no code with the servers and clients it judges.
///
/// Feed it whatever each read brought. It expects one answer at a time (the next request is sent
/// after done()), a Content-Length or a chunked body, events that end in "\n\n", and no chunk that
/// ends between those two bytes. Anything but status 200 and such a head makes it failed().
class EventReader {
 public:
  /// Events that end in these bytes.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] bool done() const { return state_ == State::done; }
  [[nodiscard]] bool failed() const { return state_ == State::failed; }

  /// Ready for the next answer of the connection.
  void reset();

 private:
  enum class State { head, sized, chunked, done, failed };

  void read_head(std::string_view& bytes);
  std::size_t count_events(std::string_view bytes);

  State state_ = State::head;
  std::string head_;
  std::size_t left_ = 0;  ///< bytes of a sized body still to come
  char last_ = 0;         ///< the byte before the next one
  std::string tail_;      ///< the last bytes of a chunked body, enough to see its end
};

}  // namespace hopcost::bench
