#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/clock.hpp"
#include "mockserver/response_plan.hpp"

namespace hopcost::mockserver {

/// One streamed answer, as the sequence of its writes. Knows nothing of time or sockets: whoever
/// owns it appends the next part when it is due, stamps it just before the write, and sends it.
///
///   opening   head and role chunk, where the scenario sends them early
///   content   one token each; the first one brings head and role chunk where nothing opened
///   end       finish chunk, usage chunk, [DONE] and the end of the framing
///
/// One object serves all streams of a connection, one after another.
class ChatStream {
 public:
  enum class Part : std::uint8_t { opening, content, end, none };

  /// `compiled` keeps `plan` alive until the stream ends.
  void begin(std::shared_ptr<const CompiledScenario> compiled, const ResponsePlan& plan,
             const ReplyFacts& facts);
  /// Forgets the stream; next() is then `none`.
  void drop();

  [[nodiscard]] Part next() const { return next_; }
  /// Which content chunk comes next, counted from 0.
  [[nodiscard]] std::uint32_t index() const { return index_; }

  /// Appends the bytes of the next part to an empty `out` and goes on to the one after.
  void append_next(std::string& out);
  /// Writes the time of sending into what append_next() just gave. Does nothing where there is no
  /// stamp.
  void stamp(std::string& out, Nanos sent_ns) const;
  [[nodiscard]] bool needs_stamp() const { return stamp_at_ != kNoStamp; }

 private:
  void append_opening(std::string& out);
  void append_content(std::string& out);
  void append_end(std::string& out);
  /// Frames what lies between `start` and the end of `out` as one HTTP chunk.
  void append_chunk_size(std::string& out, std::size_t size) const;
  void append_chunk_end(std::string& out) const;

  std::shared_ptr<const CompiledScenario> compiled_;
  ReplyFacts facts_;
  std::string head_;         ///< until it was sent
  std::string event_start_;  ///< every event of this stream up to its delta
  std::string usage_event_;
  std::uint32_t index_ = 0;
  std::size_t stamp_at_ = kNoStamp;
  Part next_ = Part::none;
};

}  // namespace hopcost::mockserver
