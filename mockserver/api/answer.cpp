#include "mockserver/api/answer.hpp"

#include <algorithm>

#include "mockserver/api/compose.hpp"

namespace hopcost::mockserver {

std::uint32_t Choice::tokens() const {
  std::uint32_t count = reasoning.size() + content.size();
  for (const auto& call : calls) count += call.arguments.size();
  return count;
}

std::uint32_t Answer::steps() const {
  std::uint32_t most = 0;
  for (const auto& choice : choices) most = std::max(most, choice.tokens());
  return most;
}

Answer compose(const Question& question, const AnswerStyle& style) {
  Answer answer;
  answer.prompt_tokens = question.prompt_tokens;
  const detail::Composer composer(question, style);
  answer.choices.reserve(question.prompts.size() * question.choices);
  for (const auto& prompt : question.prompts) {
    for (std::uint32_t k = 0; k < question.choices; ++k) {
      const Choice& choice = answer.choices.emplace_back(composer.choice(prompt, k));
      answer.completion_tokens += choice.tokens();
      answer.reasoning_tokens += choice.reasoning.size();
    }
  }
  return answer;
}

}  // namespace hopcost::mockserver
