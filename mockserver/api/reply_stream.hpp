#pragma once

#include <cstdint>
#include <string>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// One streamed answer, as the sequence of its parts; each is a run of whole server-sent events.
/// Knows nothing of time, framing or sockets: whoever owns it appends the next part when it is due,
/// stamps it just before it is sent, and sends it.
///
///   opening   what comes before the first token, where it is sent early
///   content   some tokens; the first such part brings the opening where that was not sent
///   end       finish reasons, usage, terminator
class ReplyStream {
 public:
  enum class Part : std::uint8_t { opening, content, end, none };

  virtual ~ReplyStream() = default;

  [[nodiscard]] Part next() const { return next_; }
  /// Which token the next content part begins with, counted from 0.
  [[nodiscard]] std::uint32_t token() const { return token_; }
  /// How many tokens the next content part has.
  [[nodiscard]] virtual std::uint32_t part_tokens() const = 0;

  /// Appends the bytes of the next part and goes on to the one after.
  virtual void append_next(std::string& out) = 0;
  /// How many parts were appended, and how many of them were content.
  struct Appended {
    std::uint32_t parts = 0;
    std::uint32_t contents = 0;
  };
  /// Appends at least one part and at most `most`, none after one that has room for a stamp.
  virtual Appended append_some(std::string& out, [[maybe_unused]] std::uint32_t most) {
    const bool content = next_ == Part::content;
    append_next(out);
    return {1, content ? 1U : 0U};
  }
  /// Whether what append_next() just gave has room for a stamp.
  [[nodiscard]] bool needs_stamp() const { return needs_stamp_; }
  /// Writes the time of sending into what append_next() just gave, before anything is put in front
  /// of it.
  virtual void stamp(std::string& out, Nanos sent_ns) const = 0;

 protected:
  ReplyStream() = default;
  ReplyStream(const ReplyStream&) = default;
  ReplyStream& operator=(const ReplyStream&) = default;

  std::uint32_t token_ = 0;
  bool needs_stamp_ = false;
  Part next_ = Part::none;
};

}  // namespace hopcost::mockserver
