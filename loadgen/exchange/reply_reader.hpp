#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "common/sse.hpp"
#include "common/stamp.hpp"
#include "loadgen/exchange/reply_json.hpp"
#include "loadgen/measure/metrics.hpp"
#include "loadgen/measure/tally.hpp"

namespace hopcost::loadgen {

/// What the body of one reply turned out to be. Times are those of the reads that delivered the
/// bytes.
struct ReplyFacts {
  Nanos first_choices = 0;
  Nanos first_content = 0;
  Nanos last_content = 0;
  Nanos done = 0;            ///< `[DONE]` was read; 0: it never came
  std::uint64_t chunks = 0;  ///< content chunks as the backend sent them
  std::uint64_t merged = 0;  ///< of these, how many shared an event with another
  bool finished = false;
  bool has_usage = false;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::string model;  ///< who answered, as its first object has it; empty: it says nothing
  std::optional<ReplyStamp> stamp;
  Failure failure = Failure::none;
  std::string message;  ///< of the failure
};

/// Interprets the de-chunked bodies of replies, one after another, on one thread.
///
/// With stamps it also proves order and completeness: the k-th content chunk must carry sequence k
/// and the k-th word of our text; anything else is a broken stream. Samples per chunk go straight
/// into the metrics handed to `begin`; none where that is null (warm-up).
class ReplyReader {
 public:
  /// `keeps_text`: for conversations, which send it back.
  explicit ReplyReader(ReplyJson& json, bool keeps_text = false)
      : json_(&json), keeps_text_(keeps_text) {}

  void begin(bool stream, std::uint32_t id, MetricSet* metrics);
  void take(std::string_view body, Nanos read_ns);
  /// The body is complete, as the HTTP framing says.
  void finish(Nanos close_ns);
  [[nodiscard]] const ReplyFacts& facts() const { return facts_; }
  /// What the reply said, where it is kept.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Content events since the last call: what one read delivered.
  [[nodiscard]] std::uint64_t take_event_count();

 private:
  void fail(Failure failure, const std::string& message);
  void take_event(std::string_view data, Nanos read_ns);
  void take_content(std::string_view content, Nanos read_ns);
  void take_stamped(std::string_view content, Nanos read_ns);
  void note_model(const ReplyPiece& piece);
  void note_usage(const ReplyPiece& piece);
  void read_unary(Nanos close_ns);

  ReplyJson* json_;
  SseDecoder sse_;
  bool keeps_text_;
  std::string text_;
  std::string body_;  ///< of a unary reply
  ReplyFacts facts_;
  MetricSet* metrics_ = nullptr;
  std::uint32_t id_ = 0;
  bool stream_ = false;
  std::uint64_t events_ = 0;
};

}  // namespace hopcost::loadgen
