#include <limits>

#include "common/tokens.hpp"
#include "mockserver/api/body.hpp"
#include "mockserver/api/completions.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/read_common.hpp"

namespace hopcost::mockserver {
namespace {

void add_prompt(const Content& prompt, Question& question) {
  question.prompts.push_back(prompt.text);
  question.prompt_tokens += prompt.tokens;
  question.last_user_text = prompt.text;
  question.stamp_id = prompt.stamp_id;
}

void add_text(const BodyValue& prompt, Question& question) {
  Content content;
  content.add(prompt.text());
  add_prompt(content, question);
}

/// Each id is one token, the word of that number.
void add_ids(const BodyValue& ids, Question& question) {
  Content content;
  ids.for_each([&](const BodyValue& id) {
    content.text +=
        token_text(static_cast<std::uint64_t>(id.whole(0, std::numeric_limits<int>::max())));
    ++content.tokens;
  });
  if (content.tokens == 0) ids.refuse("must not be empty");
  add_prompt(content, question);
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
    add_prompt({}, question);
  } else if (prompt->is_string()) {
    add_text(*prompt, question);
  } else if (!prompt->is_array()) {
    prompt->refuse("must be a string, a list of strings, or a list of token ids");
  } else if (holds_numbers(*prompt)) {
    add_ids(*prompt, question);
  } else {
    const std::size_t count = prompt->array_size();
    if (count == 0) prompt->refuse("must not be empty");
    if (count > kMaxInputs) {
      prompt->refuse("must hold at most " + std::to_string(kMaxInputs) + " prompts");
    }
    prompt->for_each([&](const BodyValue& element) {
      if (element.is_array()) {
        add_ids(element, question);
      } else {
        add_text(element, question);
      }
    });
  }
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
  question.seed = read_seed(root);
  check_sampling(root);
}

/// The log probabilities of prompts that are repeated; too_large() knows their text alone.
void check_echo(const BodyValue& root, const Question& question) {
  if (!question.echo_prompt || !question.top_logprobs) return;
  if (question.prompt_tokens * question.choices * (1 + *question.top_logprobs) > kMaxTokens) {
    root.require("echo").refuse("asks for too many log probabilities");
  }
}

Question read(const BodyValue& root) {
  Question question;
  question.dialect = Dialect::completions;
  question.model = read_model(root);
  question.echo_prompt = read_flag(root, "echo", false);
  read_prompts(root, question);
  read_numbers(root, question);
  question.stop = read_stop(root, "stop");
  if (const auto suffix = root.find("suffix")) static_cast<void>(suffix->text());
  question.stream = read_flag(root, "stream", false);
  if (const auto options = root.find("stream_options")) {
    question.include_usage = read_flag(*options, "include_usage", false);
  }
  question.ignore_eos = read_flag(root, "ignore_eos", false);
  check_echo(root, question);
  return question;
}

}  // namespace

std::expected<Question, ApiError> read_completions_question(std::string& body) {
  return read_body(body, read);
}

}  // namespace hopcost::mockserver
