#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/body.hpp"
#include "mockserver/api/question.hpp"

namespace hopcost::mockserver {

// What the readers of all dialects share. All but too_large() throw a Refusal, and so are for use
// inside read_body().

/// A refusal in words of its own, where BodyValue's would not say enough.
[[noreturn]] void refuse(std::string param, std::string message);

/// The texts of one message, or of one part of a prompt.
struct Content {
  std::string text;                       ///< parts are joined by newlines
  std::uint64_t tokens = 0;               ///< of each part by itself
  std::optional<std::uint32_t> stamp_id;  ///< of the first request stamp
  bool present = false;                   ///< a string, even an empty one, or at least one part

  void add(std::string_view more);
};

/// A string or a list of parts, each with a type; the `text` of a part counts, whatever its type,
/// and images and the like are accepted and skipped. A refusal names `value`'s path.
[[nodiscard]] Content read_content(const BodyValue& value);

/// Adds a text to the conversation: to prompts[0] and prompt_tokens; a user's text becomes
/// last_user_text and sets or clears the stamp.
void add_message(Question& question, const Content& content, bool from_user);

[[nodiscard]] bool read_flag(const BodyValue& root, std::string_view key, bool otherwise);
/// A number of tokens from 1 to kMaxTokens.
[[nodiscard]] std::optional<std::uint32_t> read_token_limit(const BodyValue& root,
                                                            std::string_view key);
/// Refuses temperature, top_p and the penalties outside of their ranges; they mean nothing here.
void check_sampling(const BodyValue& root, double most_temperature = 2);
/// Which of `names` a text is; refuses any other.
[[nodiscard]] std::size_t one_of(const BodyValue& value,
                                 std::initializer_list<std::string_view> names);
[[nodiscard]] std::optional<std::int64_t> read_seed(const BodyValue& root);
/// `model`, which has to be there.
[[nodiscard]] std::string read_model(const BodyValue& root);
/// A string or a list of at most kMaxStopSequences, none of them empty.
[[nodiscard]] std::vector<std::string> read_stop(const BodyValue& root, std::string_view key);
/// 1 to 64 of A-Z, a-z, 0-9, _ and -.
[[nodiscard]] std::string read_name(const BodyValue& object, std::string_view key);
/// The member `key` of a tool where it is a JSON Schema: an object, or nothing (null).
[[nodiscard]] nlohmann::ordered_json read_schema(const BodyValue& object, std::string_view key);
/// Refuses a choice that no tool can meet: a call where there are no tools, a name none of them
/// has.
void check_tool_choice(const Question& question);
/// Leaves only the tools of these names to be called; refuses a name that none of them has.
void allow_tools(Question& question, const std::vector<std::string_view>& names);

/// Whether prompts x n x length x (1 + top_logprobs) goes beyond kMaxTokens, or prompts x n beyond
/// kMaxInputs; the error names the parameter that takes it there. The length is what will be
/// said: `output_tokens`, unless the question wants fewer, or exactly so many. To be asked before
/// compose().
[[nodiscard]] std::optional<ApiError> too_large(const Question& question,
                                                std::uint32_t output_tokens);
/// The same for a model's style: with reasoning, and with the text to repeat where it echoes.
[[nodiscard]] std::optional<ApiError> too_large(const Question& question, const AnswerStyle& style);

}  // namespace hopcost::mockserver
