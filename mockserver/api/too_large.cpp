#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "mockserver/api/limits.hpp"
#include "mockserver/api/read_common.hpp"

namespace hopcost::mockserver {
namespace {

/// About as long as a word of the list: a text of few long words counts as its bytes do.
constexpr std::size_t kBytesPerToken = 8;

const char* length_name(Dialect dialect) {
  return dialect == Dialect::responses ? "max_output_tokens" : "max_tokens";
}

const char* alternatives_name(Dialect dialect) {
  return dialect == Dialect::completions ? "logprobs" : "top_logprobs";
}

std::optional<ApiError> check_product(const Question& question, std::uint64_t length) {
  const std::uint64_t prompts = std::max<std::size_t>(question.prompts.size(), 1);
  const std::uint64_t choices = prompts * question.choices;
  if (question.echo_prompt) {
    for (const auto& prompt : question.prompts) length += prompt.size() / kBytesPerToken / prompts;
  }
  const std::uint64_t tokens = choices * std::max<std::uint64_t>(length, 1);
  const std::uint64_t alternatives = 1 + std::uint64_t{question.top_logprobs.value_or(0)};
  const auto refuse = [](const char* param, std::string why) {
    return ApiError{400, fmt::format("'{}' asks for too much: {}.", param, why), param};
  };
  if (choices > kMaxInputs) {
    return refuse(
        question.choices > 1 ? "n" : "prompt",
        fmt::format("{} choices in all, where at most {} are given", choices, kMaxInputs));
  }
  if (tokens * alternatives <= kMaxTokens) return std::nullopt;
  const auto why = fmt::format(
      "{} tokens over all choices and alternatives, where at most {} are "
      "given",
      tokens * alternatives, kMaxTokens);
  if (tokens <= kMaxTokens) return refuse(alternatives_name(question.dialect), why);
  if (question.choices > 1 && tokens / question.choices <= kMaxTokens) return refuse("n", why);
  if (question.max_tokens) return refuse(length_name(question.dialect), why);
  return refuse(question.choices > 1 ? "n" : "prompt", why);
}

}  // namespace

std::optional<ApiError> too_large(const Question& question, std::uint32_t output_tokens) {
  std::uint32_t length = output_tokens;
  if (question.max_tokens) {
    length = question.ignore_eos ? *question.max_tokens : std::min(length, *question.max_tokens);
  }
  return check_product(question, length);
}

std::optional<ApiError> too_large(const Question& question, const AnswerStyle& style) {
  const std::uint64_t reasoning =
      question.reasoning || style.always_reasons ? style.reasoning_tokens : 0;
  if (style.mode != AnswerStyle::Mode::echo) {
    const std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return too_large(question,
                     static_cast<std::uint32_t>(std::min(most, reasoning + style.output_tokens)));
  }
  const auto text =
      TokenText::literal(question.last_user_text,
                         question.max_tokens.value_or(std::numeric_limits<std::uint32_t>::max()));
  std::uint64_t length = std::max<std::uint64_t>(text.size(), text.str().size() / kBytesPerToken);
  length += reasoning;
  if (question.max_tokens && question.ignore_eos) {
    length = std::max<std::uint64_t>(length, *question.max_tokens);
  }
  return check_product(question, length);
}

}  // namespace hopcost::mockserver
