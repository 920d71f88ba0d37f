#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "mockserver/api/completions.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/logprobs.hpp"
#include "mockserver/api/piece_text.hpp"
#include "mockserver/api/usage.hpp"

namespace hopcost::mockserver {
namespace {

using std::string_view;

string_view finish_name(Finish finish) {
  return finish == Finish::length ? "length" : "stop";
}

std::uint64_t count_characters(string_view text) {
  return static_cast<std::uint64_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;  // not the middle of one
  }));
}

void append_logprob(std::string& out, double logprob) {
  fmt::format_to(std::back_inserter(out), "{}", logprob);
}

/// The log probabilities of some tokens in a row, list by list as this API has them.
class LogprobLists {
 public:
  LogprobLists(std::uint32_t alternatives, std::uint64_t offset)
      : alternatives_(alternatives), offset_(offset) {}

  /// `place` among all tokens of the choice, so that the values do not depend on the cut.
  void add(string_view token, std::uint32_t place) {
    const TokenChances chances = chances_of(token, place, alternatives_);
    if (!tokens_.empty()) {
      tokens_ += ',';
      values_ += ',';
      tops_ += ',';
      offsets_ += ',';
    }
    append_quoted(tokens_, token);
    append_logprob(values_, chances.chosen.logprob);
    append_number(offsets_, offset_);
    offset_ += count_characters(token);
    tops_ += '{';
    for (std::size_t i = 0; i < chances.top.size(); ++i) {
      if (i != 0) tops_ += ',';
      append_quoted(tops_, chances.top[i].token);
      tops_ += ':';
      append_logprob(tops_, chances.top[i].logprob);
    }
    tops_ += '}';
  }

  void append(std::string& out) const {
    out += R"({"tokens":[)";
    out += tokens_;
    out += R"(],"token_logprobs":[)";
    out += values_;
    if (alternatives_ == 0) {
      out += R"(],"top_logprobs":null)";
    } else {
      out += R"(],"top_logprobs":[)";
      out += tops_;
      out += ']';
    }
    out += R"(,"text_offset":[)";
    out += offsets_;
    out += "]}";
  }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Where the next token is, though white space that no token has comes before it.
  void go_to(std::uint64_t offset) { offset_ = offset; }

 private:
  std::uint32_t alternatives_;
  std::uint64_t offset_;  ///< of the next token, in characters
  std::string tokens_;
  std::string values_;
  std::string tops_;
  std::string offsets_;
};

class CompletionsWriter final : public ReplyWriter {
 public:
  CompletionsWriter(const Question& question, const Answer& answer, const ReplyFacts& facts)
      : question_(&question), answer_(&answer), offsets_(answer.choices.size(), 0) {
    head_ = R"({"id":"cmpl-)";
    head_ += facts.id;
    head_ += R"(","object":"text_completion","created":)";
    head_ += facts.created;
    head_ += R"(,"choices":[)";
    model_ = R"(],"model":)";
    append_quoted(model_, facts.model);
    event_end_ = model_;
    if (question.include_usage) event_end_ += R"(,"usage":null)";
    event_end_ += "}\n\n";
    if (question.echo_prompt) {
      prompts_.reserve(question.prompts.size());
      for (const auto& prompt : question.prompts) prompts_.push_back(TokenText::literal(prompt));
    }
  }

  std::size_t body(std::string& out) override {
    std::size_t stamp_at = kNoStamp;
    out += head_;
    for (std::size_t i = 0; i < answer_->choices.size(); ++i) {
      const Choice& choice = answer_->choices[i];
      if (i != 0) out += ',';
      out += R"({"text":")";
      if (question_->echo_prompt) append_escaped(out, prompt_text(i));
      if (!choice.content.empty()) append_stamp(out, i, true, stamp_at);
      append_escaped_tokens(out, choice.content, 0, choice.content.size());
      append_after_text(out, i, question_->echo_prompt, 0, choice.content.size());
      out += '"';
      out += finish_name(choice.finish);
      out += R"("})";
    }
    out += model_;
    out += R"(,"usage":)";
    append_usage(out, *answer_);
    out += '}';
    return stamp_at;
  }

  void open(std::string& out) override {
    std::fill(offsets_.begin(), offsets_.end(), 0);
    if (!question_->echo_prompt) return;
    for (std::size_t i = 0; i < answer_->choices.size(); ++i) {
      begin_event(out);
      append_escaped(out, prompt_text(i));
      append_after_text(out, i, true, 0, 0);
      end_event(out);
    }
  }

  std::size_t piece(std::string& out, std::uint32_t begin, std::uint32_t end) override {
    std::size_t stamp_at = kNoStamp;
    for (std::size_t i = 0; i < answer_->choices.size(); ++i) {
      const Choice& choice = answer_->choices[i];
      const std::uint32_t hidden = choice.reasoning.size();
      const std::uint32_t from = begin > hidden ? begin - hidden : 0;
      const std::uint32_t to =
          end > hidden ? std::min(end - hidden, choice.content.size()) : std::uint32_t{0};
      if (from >= to) continue;
      begin_event(out);
      append_stamp(out, i, from == 0, stamp_at);
      append_escaped_tokens(out, choice.content, from, to);
      append_after_text(out, i, false, from, to);
      end_event(out);
    }
    return stamp_at;
  }

  void close(std::string& out, bool terminator) override {
    for (std::size_t i = 0; i < answer_->choices.size(); ++i) {
      begin_event(out);
      append_index(out, i);
      out += R"(null,"finish_reason":")";
      out += finish_name(answer_->choices[i].finish);
      out += R"("})";
      out += event_end_;
    }
    if (question_->include_usage) {
      out += "data: ";
      out += head_;
      out += model_;
      out += R"(,"usage":)";
      append_usage(out, *answer_);
      out += "}\n\n";
    }
    if (terminator) out += "data: [DONE]\n\n";
  }

  void fail(std::string& out, const ApiError& error) override {
    out += "data: ";
    out += error.body();
    out += "\n\n";
  }

 private:
  [[nodiscard]] std::size_t prompt_of(std::size_t choice) const {
    return std::min(choice / question_->choices, question_->prompts.size() - 1);
  }
  [[nodiscard]] const std::string& prompt_text(std::size_t choice) const {
    return question_->prompts[prompt_of(choice)];
  }

  void begin_event(std::string& out) const {
    out += "data: ";
    out += head_;
    out += R"({"text":")";
  }
  void end_event(std::string& out) const {
    out += "null}";
    out += event_end_;
  }

  /// Only the first choice has stamps.
  void append_stamp(std::string& out, std::size_t choice, bool first, std::size_t& stamp_at) const {
    if (choice == 0) stamp_at = append_stamp_room(out, *question_, first);
  }

  static void append_index(std::string& out, std::size_t choice) {
    out += R"(","index":)";
    append_number(out, choice);
    out += R"(,"logprobs":)";
  }

  /// From the text's closing quote to the value of finish_reason. The text was the prompt, if
  /// `with_prompt`, and tokens [begin, end) of the answer.
  void append_after_text(std::string& out, std::size_t choice, bool with_prompt,
                         std::uint32_t begin, std::uint32_t end) {
    append_index(out, choice);
    if (question_->top_logprobs) {
      LogprobLists lists(*question_->top_logprobs, offsets_[choice]);
      std::uint32_t before = 0;
      if (question_->echo_prompt) {
        const TokenText& prompt = prompts_[prompt_of(choice)];
        before = prompt.size();
        for (std::uint32_t i = 0; with_prompt && i < prompt.size(); ++i) lists.add(prompt[i], i);
        if (with_prompt) lists.go_to(count_characters(prompt_text(choice)));
      }
      const TokenText& content = answer_->choices[choice].content;
      for (std::uint32_t i = begin; i < end; ++i) lists.add(content[i], before + i);
      offsets_[choice] = lists.offset();
      lists.append(out);
    } else {
      out += "null";
    }
    out += R"(,"finish_reason":)";
  }

  const Question* question_;
  const Answer* answer_;
  std::vector<std::uint64_t> offsets_;  ///< of each choice's next token, in characters
  std::vector<TokenText> prompts_;      ///< to be echoed
  std::string head_;                    ///< from the object's start into the list of choices
  std::string model_;                   ///< from the end of that list
  std::string event_end_;
};

}  // namespace

std::unique_ptr<ReplyWriter> make_completions_writer(const Question& question, const Answer& answer,
                                                     const ReplyFacts& facts) {
  return std::make_unique<CompletionsWriter>(question, answer, facts);
}

}  // namespace hopcost::mockserver
