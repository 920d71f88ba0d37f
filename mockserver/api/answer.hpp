#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/question.hpp"

namespace hopcost::mockserver {

/// A text as a sequence of tokens: either words of the project's list from `first` on, which take
/// no memory however many they are, or a text of its own, cut where common/tokens.hpp begins a
/// token (white space before a word belongs to that word's piece, white space after the last word
/// to that word; a text of white space alone has no tokens and is empty).
class TokenText {
 public:
  TokenText() = default;
  static TokenText words(std::uint64_t first, std::uint32_t count);
  /// At most `limit` tokens of `text`; the rest is cut off.
  static TokenText literal(std::string text, std::uint32_t limit = UINT32_MAX);

  [[nodiscard]] std::uint32_t size() const { return count_; }  ///< in tokens
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Words of the list, which repeat, rather than a text of its own.
  [[nodiscard]] bool is_words() const { return is_words_; }
  /// Token `i` (below size()) with the white space before it; valid as long as this object.
  [[nodiscard]] std::string_view operator[](std::uint32_t i) const;
  /// Appends tokens [begin, end), unescaped.
  void append(std::string& out, std::uint32_t begin, std::uint32_t end) const;
  [[nodiscard]] std::string str() const;

 private:
  std::uint64_t first_ = 0;
  std::uint32_t count_ = 0;
  bool is_words_ = true;
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

enum class Finish : std::uint8_t { stop, length, tool_calls };

struct ToolCall {
  std::string id;  ///< "call_" and 24 letters and digits, the same for the same question
  std::string name;
  TokenText arguments;  ///< a JSON object, cut into fragments
};

/// One alternative answer. Its tokens come in this order: reasoning, content, the calls one after
/// another; a choice with calls has no content.
struct Choice {
  TokenText reasoning;
  TokenText content;
  std::vector<ToolCall> calls;
  Finish finish = Finish::stop;
  std::string stop_sequence;  ///< which one ended the text; empty: none

  [[nodiscard]] std::uint32_t tokens() const;
};

/// What is said, before any wire format: put together from the question alone (and the model's
/// settings), so that the same question has the same answer.
struct Answer {
  std::vector<Choice> choices;  ///< prompts x n, those of one prompt side by side
  std::uint64_t prompt_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t completion_tokens = 0;  ///< over all choices, reasoning included
  std::uint64_t reasoning_tokens = 0;

  /// Of the longest choice: how many steps a stream of one token at a time takes.
  [[nodiscard]] std::uint32_t steps() const;
};

/// How a model answers; the part of its settings that compose() needs.
struct AnswerStyle {
  enum class Mode : std::uint8_t {
    words,   ///< the word list from its beginning, whatever was asked (other choices and other
             ///< seeds begin elsewhere in it)
    random,  ///< the word list from a place that depends on seed, model and prompt
    echo,    ///< the last user message's text
  };
  Mode mode = Mode::words;
  std::uint64_t seed = 0;
  std::uint32_t output_tokens = 64;    ///< of this answer, where nothing in the question ends it
  std::uint32_t reasoning_tokens = 0;  ///< where reasoning is asked for or `always_reasons`
  bool always_reasons = false;
};

/// `question` was checked: choices x tokens is within the limit. Deterministic.
[[nodiscard]] Answer compose(const Question& question, const AnswerStyle& style);

/// A JSON text that satisfies `schema` (type, properties, required, enum, const, items, minItems,
/// minimum/maximum, anyOf/oneOf/allOf, $ref into $defs or definitions, string formats and lengths);
/// for what is not understood, something of the right type. Recursion through $ref ends.
[[nodiscard]] nlohmann::ordered_json instance_of(const nlohmann::ordered_json& schema);

}  // namespace hopcost::mockserver
