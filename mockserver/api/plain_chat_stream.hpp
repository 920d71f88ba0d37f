#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mockserver/api/prepared_chat.hpp"
#include "mockserver/api/reply_stream.hpp"

namespace hopcost::mockserver {

/// The stream of one plain text answer, made from prepared bytes: the fast way. One object serves
/// all streams of a connection, one after another.
class PlainChatStream final : public ReplyStream {
 public:
  /// `open_early`: the role chunk is a part of its own. `tokens_per_part` is at least 1. The
  /// prepared bytes are not needed after this call.
  void begin(const PreparedChat& prepared, const PlainChatFacts& facts, bool open_early,
             std::uint32_t tokens_per_part);

  [[nodiscard]] std::uint32_t part_tokens() const override;
  void append_next(std::string& out) override;
  Appended append_some(std::string& out, std::uint32_t most) override;
  void stamp(std::string& out, Nanos sent_ns) const override;

 private:
  void append_opening(std::string& out) const;
  void append_content(std::string& out);
  void append_end(std::string& out) const;
  /// The same bytes as so many calls of append_next() in the middle of an unstamped stream.
  void append_events(std::string& out, std::uint32_t events);

  PlainChatFacts facts_;
  std::string event_start_;    ///< every event of this stream up to its delta
  std::string content_start_;  ///< every content event up to its text
  std::string content_end_;    ///< and from there on
  std::string usage_event_;
  std::size_t stamp_at_ = 0;
  std::uint32_t tokens_per_part_ = 1;
  std::uint32_t stamped_token_ = 0;
  bool opened_ = false;
};

}  // namespace hopcost::mockserver
