#include "mockserver/api/conversation.hpp"

#include <algorithm>
#include <limits>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/limits.hpp"

namespace hopcost::mockserver {

Conversation::Conversation(Question& question) : question_(&question) {
  question.prompts.assign(1, "");
}

void Conversation::begin_message() {
  is_first_user_text_ = true;
  question_->continues_tool_call = false;
}

void Conversation::user_text(std::string_view text) {
  auto& last = question_->last_user_text;
  if (is_first_user_text_) {
    is_first_user_text_ = false;
    last.clear();
    question_->stamp_id.reset();
  } else {
    last += '\n';
  }
  last += text;
  if (!question_->stamp_id) question_->stamp_id = find_request_stamp(text);
  take(text);
}

void Conversation::other_text(std::string_view text) {
  take(text);
}

void Conversation::take(std::string_view text) {
  auto& prompt = question_->prompts.front();
  if (!prompt.empty()) prompt += '\n';
  prompt += text;
  question_->prompt_tokens += count_tokens(text);
}

std::optional<std::uint32_t> find_request_stamp(std::string_view text) {
  constexpr std::string_view kStart = "~q:";
  for (auto at = text.find(kStart); at != std::string_view::npos; at = text.find(kStart, at + 1)) {
    if (const auto stamp = read_request_stamp(text.substr(at))) return stamp->id;
  }
  return std::nullopt;
}

std::size_t one_of(const BodyValue& value, std::initializer_list<std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), value.text());
  if (found == names.end()) {
    std::string message = "must be one of";
    for (const auto name : names) {
      message += ' ';
      message += name;
    }
    value.refuse(std::move(message));
  }
  return static_cast<std::size_t>(found - names.begin());
}

void read_flag(const BodyValue& root, std::string_view key, bool& target) {
  if (const auto flag = root.find(key)) target = flag->flag();
}

void read_seed(const BodyValue& root, Question& question) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (const auto seed = root.find("seed"))
    question.seed = seed->whole(Limits::min(), Limits::max());
}

void read_stop(const BodyValue& stop, Question& question) {
  const auto take = [&question](const BodyValue& text) {
    if (text.text().empty()) text.refuse("must not be empty");
    question.stop.emplace_back(text.text());
  };
  if (stop.is_string()) {
    take(stop);
    return;
  }
  if (stop.array_size() > kMaxStopSequences) {
    stop.refuse("must hold at most " + std::to_string(kMaxStopSequences) + " texts");
  }
  stop.for_each(take);
}

void check_number(const BodyValue& root, std::string_view key, double at_least, double at_most) {
  if (const auto number = root.find(key)) {
    [[maybe_unused]] const double checked = number->number(at_least, at_most);
  }
}

nlohmann::ordered_json read_schema(const BodyValue& schema) {
  if (!schema.is_object()) schema.refuse("must be an object");
  return schema.json();
}

void choose_tool(const BodyValue& name, Question& question) {
  question.tool_choice = ToolChoice::named;
  question.tool_name = name.text();
  const bool known = std::any_of(question.tools.begin(), question.tools.end(),
                                 [&](const Tool& tool) { return tool.name == question.tool_name; });
  if (!known) name.refuse("must be the name of one of the tools");
}

}  // namespace hopcost::mockserver
