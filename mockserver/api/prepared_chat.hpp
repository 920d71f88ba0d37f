#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// The parts of one plain answer that PreparedChat cannot know. Views need to live during the call
/// only.
struct PlainChatFacts {
  std::string_view id;       ///< sixteen hexadecimal digits
  std::string_view created;  ///< Unix seconds, in digits
  bool include_usage = false;
  bool cut = false;          ///< finish_reason "length" rather than "stop"
  std::uint32_t tokens = 1;  ///< length of the answer, at least 1
  std::uint64_t prompt_tokens = 0;
  std::optional<std::uint32_t> stamp_id;  ///< stamp the answer with this request's id
  Nanos received_ns = 0;                  ///< for the reply stamp
};

/// The plain text answers of one model, as bytes that were put together once: what depends on the
/// request is spliced in between. The same bytes that the general writer of chat completions gives.
/// Immutable.
class PreparedChat {
 public:
  explicit PreparedChat(std::string_view model);

  [[nodiscard]] std::size_t body_size(const PlainChatFacts& facts) const;
  /// Appends the JSON body of a unary reply; gives where the reply stamp has to be written before
  /// it is sent, or kNoStamp.
  [[nodiscard]] std::size_t append_body(std::string& out, const PlainChatFacts& facts) const;

  // The pieces of a stream; PlainChatStream puts them in order.
  /// `data: {...,"delta":`, the same for every chunk of one stream that has a choice.
  void append_event_start(std::string& out, const PlainChatFacts& facts) const;
  /// The whole last event, which has usage and no choice.
  void append_usage_event(std::string& out, const PlainChatFacts& facts) const;

 private:
  void append_event_head(std::string& out, const PlainChatFacts& facts) const;
  void append_content(std::string& out, std::uint32_t tokens) const;
  [[nodiscard]] std::size_t content_size(std::uint32_t tokens) const;

  std::string unary_after_created_;          ///< from `,"model":` to the content's opening quote
  std::string stream_after_created_;         ///< `,"model":...,"choices":`
  std::string content_;                      ///< the text of the first tokens
  std::vector<std::uint32_t> content_ends_;  ///< where token i ends in content_
};

}  // namespace hopcost::mockserver
