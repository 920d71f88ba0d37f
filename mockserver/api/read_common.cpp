#include "mockserver/api/read_common.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "mockserver/api/chat_peek.hpp"
#include "mockserver/api/limits.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::size_t kMaxName = 64;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

void read_part(const BodyValue& part, const std::string& param, Content& content) {
  content.present = true;
  if (!part.is_object()) refuse(param, "A part of a content must be an object.");
  const auto type = part.find("type");
  if (!type) refuse(param, "A part of a content needs a type.");
  if (!type->is_string()) refuse(param, "A part's type must be a string.");
  const auto text = part.find("text");
  if (!text) {
    if (type->text() == "text") refuse(param, "A part of type text needs a text.");
    return;
  }
  if (!text->is_string()) refuse(param, "A part's text must be a string.");
  content.add(text->text());
}

bool has_tool(const Question& question, std::string_view name) {
  return std::any_of(question.tools.begin(), question.tools.end(),
                     [&](const Tool& tool) { return tool.name == name; });
}

[[noreturn]] void refuse_tool(std::string_view name) {
  refuse("tool_choice", fmt::format("'tool_choice' names '{}', which is not among 'tools'.", name));
}

}  // namespace

void refuse(std::string param, std::string message) {
  throw Refusal(ApiError{400, std::move(message), std::move(param)});
}

void Content::add(std::string_view more) {
  if (present && !text.empty()) text += '\n';
  present = true;
  text += more;
  tokens += count_tokens(more);
  if (!stamp_id) stamp_id = find_stamp(more);
}

Content read_content(const BodyValue& value) {
  Content content;
  if (value.is_string()) {
    content.add(value.text());
  } else if (value.is_array()) {
    value.for_each([&](const BodyValue& part) { read_part(part, value.path(), content); });
  } else {
    refuse(value.path(), "A content must be a string or a list of parts.");
  }
  return content;
}

void add_message(Question& question, const Content& content, bool from_user) {
  if (question.prompts.empty()) {
    question.prompts.emplace_back();
  } else {
    question.prompts.front() += '\n';
  }
  question.prompts.front() += content.text;
  question.prompt_tokens += content.tokens;
  if (!from_user) return;
  question.last_user_text = content.text;
  question.stamp_id = content.stamp_id;
}

bool read_flag(const BodyValue& root, std::string_view key, bool otherwise) {
  const auto value = root.find(key);
  return value ? value->flag() : otherwise;
}

std::optional<std::uint32_t> read_token_limit(const BodyValue& root, std::string_view key) {
  const auto value = root.find(key);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(value->whole(1, kMaxTokens));
}

void check_sampling(const BodyValue& root, double most_temperature) {
  const auto check = [&](std::string_view key, double at_least, double at_most) {
    if (const auto value = root.find(key)) {
      [[maybe_unused]] const double number = value->number(at_least, at_most);
    }
  };
  check("temperature", 0, most_temperature);
  check("top_p", 0, 1);
  check("presence_penalty", -2, 2);
  check("frequency_penalty", -2, 2);
}

std::size_t one_of(const BodyValue& value, std::initializer_list<std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), value.text());
  if (found == names.end()) value.refuse(fmt::format("must be one of {}", fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

std::optional<std::int64_t> read_seed(const BodyValue& root) {
  using Limits = std::numeric_limits<std::int64_t>;
  const auto seed = root.find("seed");
  if (!seed) return std::nullopt;
  return seed->whole(Limits::min(), Limits::max());
}

std::string read_model(const BodyValue& root) {
  const auto model = root.find("model");
  if (!model) refuse("model", "You must name a model.");
  return std::string(model->text());
}

std::vector<std::string> read_stop(const BodyValue& root, std::string_view key) {
  std::vector<std::string> stops;
  const auto value = root.find(key);
  if (!value) return stops;
  const auto add = [&stops](const BodyValue& one) {
    if (one.text().empty()) one.refuse("must not be empty");
    stops.emplace_back(one.text());
  };
  if (value->is_string()) {
    add(*value);
  } else if (value->is_array() && value->array_size() <= kMaxStopSequences) {
    value->for_each(add);
  } else {
    value->refuse(
        fmt::format("must be a string or a list of at most {} strings", kMaxStopSequences));
  }
  return stops;
}

std::string read_name(const BodyValue& object, std::string_view key) {
  const auto value = object.require(key);
  const auto name = value.text();
  if (name.empty() || name.size() > kMaxName ||
      !std::all_of(name.begin(), name.end(), is_name_char)) {
    value.refuse(fmt::format("must be 1 to {} letters, digits, _ and -", kMaxName));
  }
  return std::string(name);
}

nlohmann::ordered_json read_schema(const BodyValue& object, std::string_view key) {
  const auto value = object.find(key);
  if (!value) return nullptr;
  if (!value->is_object()) value->refuse("must be an object: a JSON Schema");
  return value->json();
}

void allow_tools(Question& question, const std::vector<std::string_view>& names) {
  for (const auto name : names) {
    if (!has_tool(question, name)) refuse_tool(name);
  }
  std::erase_if(question.tools, [&](const Tool& tool) {
    return std::find(names.begin(), names.end(), tool.name) == names.end();
  });
}

void check_tool_choice(const Question& question) {
  if (question.tool_choice != ToolChoice::required && question.tool_choice != ToolChoice::named) {
    return;
  }
  if (question.tools.empty()) refuse("tool_choice", "'tool_choice' needs 'tools' to choose from.");
  if (question.tool_choice == ToolChoice::required) return;
  if (!has_tool(question, question.tool_name)) refuse_tool(question.tool_name);
}

}  // namespace hopcost::mockserver
