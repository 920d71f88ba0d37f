#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.hpp"
#include "mockserver/request_id.hpp"
#include "mockserver/scenario.hpp"

namespace hopcost::mockserver {

/// What the head of a reply says about the connection.
enum class ConnectionField : std::uint8_t { none, close, keep_alive };

/// "" or a whole line with its CRLF.
[[nodiscard]] std::string_view connection_line(ConnectionField field);

/// The parts of one answer that its plan cannot know. Views need to live during the call only.
struct ReplyFacts {
  RequestId id{};
  std::string_view date;     ///< for the Date header
  std::string_view created;  ///< Unix seconds, in digits
  ConnectionField connection = ConnectionField::none;
  bool chunked = true;         ///< a stream's framing; without it the close is the end
  bool include_usage = false;  ///< a stream's extra chunk
  bool cut = false;            ///< finish_reason "length" rather than "stop"
  std::uint32_t tokens = 1;    ///< length of the answer, at least 1
  std::uint64_t prompt_tokens = 0;
  std::optional<std::uint32_t> stamp_id;  ///< stamp the answer with this request's id
  Nanos received_ns = 0;                  ///< for the reply stamp
  Nanos processing_ns = 0;                ///< time the answer is held: openai-processing-ms
};

/// Where a reply stamp was left blank in the bytes appended.
inline constexpr std::size_t kNoStamp = static_cast<std::size_t>(-1);

/// The answers of one model under one scenario, as bytes that were put together once: what depends
/// on the request is spliced in between. Immutable.
class ResponsePlan {
 public:
  ResponsePlan(const Scenario& scenario, std::string_view model);

  [[nodiscard]] const std::string& model() const { return model_; }

  /// Appends a whole unary reply; gives where the reply stamp has to be written before the reply
  /// is sent, or kNoStamp.
  [[nodiscard]] std::size_t append_unary(std::string& out, const ReplyFacts& facts) const;

  // The pieces of a stream; ChatStream puts them in order.
  void append_stream_head(std::string& out, const ReplyFacts& facts) const;
  /// `data: {...,"delta":`, the same for every chunk of one stream that has a choice.
  void append_event_start(std::string& out, const ReplyFacts& facts) const;
  /// The whole last event, which has usage and no choice.
  void append_usage_event(std::string& out, const ReplyFacts& facts) const;

 private:
  void append_head_fields(std::string& out, const ReplyFacts& facts) const;
  void append_content(std::string& out, std::uint32_t tokens) const;
  [[nodiscard]] std::size_t content_size(std::uint32_t tokens) const;

  std::string model_;
  std::string unary_after_created_;          ///< from `,"model":` to the content's opening quote
  std::string stream_after_created_;         ///< `,"model":...,"choices":`
  std::string content_;                      ///< the text of the first tokens
  std::vector<std::uint32_t> content_ends_;  ///< where token i ends in content_
};

/// A scenario with the plans of all its models. Each worker compiles its own copy, so that the
/// reference counts of streams under way stay on their own core.
struct CompiledScenario {
  explicit CompiledScenario(const Scenario& source);
  /// Null where there is no such model.
  [[nodiscard]] const ResponsePlan* find(std::string_view model) const;

  Scenario scenario;
  std::vector<ResponsePlan> plans;
};

/// `{"prompt_tokens":...}`
void append_usage(std::string& out, std::uint64_t prompt_tokens, std::uint64_t completion_tokens);
void append_number(std::string& out, std::uint64_t number);

}  // namespace hopcost::mockserver
