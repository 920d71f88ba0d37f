#include <limits>

#include "common/tokens.hpp"
#include "mockserver/api/body.hpp"
#include "mockserver/api/completions.hpp"
#include "mockserver/api/conversation.hpp"
#include "mockserver/api/limits.hpp"

namespace hopcost::mockserver {
namespace {

/// How long the prompts may be that one reply repeats, over all its choices.
constexpr std::size_t kMaxEchoBytes = std::size_t{16} << 20U;

void take_text(const BodyValue& prompt, Question& question) {
  question.prompts.emplace_back(prompt.text());
  question.prompt_tokens += count_tokens(question.prompts.back());
}

void take_ids(const BodyValue& ids, Question& question) {
  std::string text;
  ids.for_each([&](const BodyValue& id) {
    text += token_text(static_cast<std::uint64_t>(id.whole(0, std::numeric_limits<int>::max())));
    ++question.prompt_tokens;
  });
  if (text.empty()) ids.refuse("must not be empty");
  question.prompts.push_back(std::move(text));
}

bool holds_numbers(const BodyValue& list) {
  bool numbers = false;
  bool first = true;
  list.for_each([&](const BodyValue& element) {
    if (first) numbers = element.is_number();
    first = false;
  });
  return numbers;
}

void read_prompts(const BodyValue& root, Question& question) {
  const auto prompt = root.find("prompt");
  if (!prompt) {
    question.prompts.emplace_back();
  } else if (prompt->is_string()) {
    take_text(*prompt, question);
  } else if (!prompt->is_array()) {
    prompt->refuse("must be a string, a list of strings, or a list of token ids");
  } else if (holds_numbers(*prompt)) {
    take_ids(*prompt, question);
  } else {
    const std::size_t count = prompt->array_size();
    if (count == 0) prompt->refuse("must not be empty");
    if (count > kMaxInputs) {
      prompt->refuse("must hold at most " + std::to_string(kMaxInputs) + " prompts");
    }
    prompt->for_each([&](const BodyValue& element) {
      if (element.is_array()) {
        take_ids(element, question);
      } else {
        take_text(element, question);
      }
    });
  }
  question.last_user_text = question.prompts.back();
  question.stamp_id = find_request_stamp(question.last_user_text);
}

void read_numbers(const BodyValue& root, Question& question) {
  if (const auto n = root.find("n")) {
    question.choices = static_cast<std::uint32_t>(n->whole(1, kMaxChoices));
  }
  if (const auto best_of = root.find("best_of")) {
    if (best_of->whole(1, kMaxChoices) < question.choices) best_of->refuse("must be at least n");
  }
  if (const auto max_tokens = root.find("max_tokens")) {
    // None at all is how the prompt's own log probabilities are asked for.
    question.max_tokens =
        static_cast<std::uint32_t>(max_tokens->whole(question.echo_prompt ? 0 : 1, kMaxTokens));
  }
  if (const auto logprobs = root.find("logprobs")) {
    question.top_logprobs = static_cast<std::uint32_t>(logprobs->whole(0, kMaxLogprobs));
  }
  read_seed(root, question);
  check_number(root, "temperature", 0, 2);
  check_number(root, "top_p", 0, 1);
  check_number(root, "presence_penalty", -2, 2);
  check_number(root, "frequency_penalty", -2, 2);
}

/// What all choices together hold; a length nobody gave is checked once the model's is known.
void check_size(const BodyValue& root, const Question& question) {
  const std::uint64_t choices = question.prompts.size() * question.choices;
  const std::uint64_t each = 1 + question.top_logprobs.value_or(0);
  if (choices * each * question.max_tokens.value_or(1) > kMaxTokens) {
    root.find(question.max_tokens ? "max_tokens" : "prompt")
        .value_or(root)
        .refuse("asks, over all choices, for more than " + std::to_string(kMaxTokens) + " tokens");
  }
  if (!question.echo_prompt) return;
  std::size_t bytes = 0;
  for (const auto& prompt : question.prompts) bytes += prompt.size();
  if (question.prompt_tokens * question.choices * each > kMaxTokens ||
      bytes * question.choices > kMaxEchoBytes) {
    root.require("echo").refuse("asks for more text than one reply may repeat");
  }
}

Question read(const BodyValue& root) {
  Question question;
  question.dialect = Dialect::completions;
  question.model = root.require("model").text();
  read_flag(root, "echo", question.echo_prompt);
  read_prompts(root, question);
  read_numbers(root, question);
  if (const auto stop = root.find("stop")) read_stop(*stop, question);
  if (const auto suffix = root.find("suffix")) {
    [[maybe_unused]] const auto checked = suffix->text();
  }
  read_flag(root, "stream", question.stream);
  if (const auto options = root.find("stream_options")) {
    read_flag(*options, "include_usage", question.include_usage);
  }
  read_flag(root, "ignore_eos", question.ignore_eos);
  check_size(root, question);
  return question;
}

}  // namespace

std::expected<Question, ApiError> read_completions_question(std::string& body) {
  return read_body(body, read);
}

}  // namespace hopcost::mockserver
