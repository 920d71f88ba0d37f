#include "mockserver/api/chat_peek.hpp"

#include <array>

// Without its exceptions simdjson has no conversion that could throw behind our back.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/limits.hpp"

namespace hopcost::mockserver {
namespace {

namespace json = simdjson::ondemand;
using json::json_type;

constexpr int kMaxDepth = 16;

/// Keys that mean nothing to an answer of plain text, whatever value of JSON they have.
constexpr std::array<std::string_view, 6> kIdleKeys{
    "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"};

bool is_null(json::value& value) {
  bool null = false;
  return value.is_null().get(null) == simdjson::SUCCESS && null;
}

/// One pass over one body; every step is false where the request turned out not to be plain.
class Peek {
 public:
  std::optional<PlainChat> run(std::string& body) {
    thread_local json::parser parser;
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    json::document document;
    json::object root;
    const simdjson::padded_string_view view(body.data(), body.size(), body.capacity());
    const bool plain =
        parser.iterate(view).get(document) == simdjson::SUCCESS &&
        document.get_object().get(root) == simdjson::SUCCESS && read_root(root) &&
        document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing follows
    if (!plain || (seen_ & kModel) == 0 || messages_ == 0) return std::nullopt;
    chat_.max_tokens = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
    return chat_;
  }

 private:
  enum Key : unsigned {
    kModel = 1,
    kMessages = 2,
    kStream = 4,
    kMaxTokensKey = 8,
    kMaxCompletionTokens = 16,
    kStreamOptions = 32,
    kIgnoreEos = 64,
    kIncludeUsage = 128,
  };

  /// False where a key comes a second time: which one counts is for the complete reader to say.
  bool once(Key key) {
    const bool first = (seen_ & key) == 0;
    seen_ |= key;
    return first;
  }

  /// Calls `each(key, value)` for every member of an object.
  template <class Object, class Each>
  bool for_each_member(Object& object, Each each) {
    for (auto member : object) {
      json::field field;
      std::string_view key;
      if (std::move(member).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(key) != simdjson::SUCCESS || !each(key, field.value())) {
        return false;
      }
    }
    return true;
  }

  template <class Each>
  bool for_each_element(json::array& array, Each each) {
    for (auto element : array) {
      json::value value;
      if (element.get(value) != simdjson::SUCCESS || !each(value)) return false;
    }
    return true;
  }

  /// Walks over a value nobody asked for, so that broken JSON never passes.
  bool skip(json::value value, int depth = 0) {
    json_type type{};
    if (depth > kMaxDepth || value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case json_type::object: {
        json::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return false;
        return for_each_member(
            object, [&](std::string_view, json::value inner) { return skip(inner, depth + 1); });
      }
      case json_type::array: {
        json::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return false;
        return for_each_element(array, [&](json::value inner) { return skip(inner, depth + 1); });
      }
      case json_type::string: {
        std::string_view text;
        return value.get_string().get(text) == simdjson::SUCCESS;
      }
      case json_type::number:
        return value.get_double().error() == simdjson::SUCCESS;
      case json_type::boolean: {
        bool flag = false;
        return value.get_bool().get(flag) == simdjson::SUCCESS;
      }
      case json_type::null:
        return is_null(value);
    }
    return false;
  }

  static bool read_flag(json::value value, bool& flag) {
    return is_null(value) || value.get_bool().get(flag) == simdjson::SUCCESS;
  }

  static bool read_limit(json::value value, std::optional<std::uint32_t>& limit) {
    if (is_null(value)) return true;
    std::int64_t number = 0;
    if (value.get_int64().get(number) != simdjson::SUCCESS || number < 1 || number > kMaxTokens) {
      return false;
    }
    limit = static_cast<std::uint32_t>(number);
    return true;
  }

  static bool read_number(json::value value, double at_least, double at_most) {
    if (is_null(value)) return true;
    double number = 0;
    return value.get_double().get(number) == simdjson::SUCCESS && number >= at_least &&
           number <= at_most;
  }

  bool read_root(json::object& root) {
    return for_each_member(root, [this](std::string_view key, json::value value) {
      if (key == "model") {
        return once(kModel) && value.get_string().get(chat_.model) == simdjson::SUCCESS;
      }
      if (key == "messages") return once(kMessages) && read_messages(value);
      if (key == "stream") return once(kStream) && read_flag(value, chat_.stream);
      if (key == "max_tokens") return once(kMaxTokensKey) && read_limit(value, max_tokens_);
      if (key == "max_completion_tokens") {
        return once(kMaxCompletionTokens) && read_limit(value, max_completion_tokens_);
      }
      if (key == "stream_options") return once(kStreamOptions) && read_stream_options(value);
      if (key == "ignore_eos") return once(kIgnoreEos) && read_flag(value, chat_.ignore_eos);
      if (key == "n") return read_number(value, 1, 1);
      if (key == "temperature") return read_number(value, 0, 2);
      if (key == "top_p") return read_number(value, 0, 1);
      if (key == "presence_penalty" || key == "frequency_penalty") {
        return read_number(value, -2, 2);
      }
      for (const auto idle : kIdleKeys) {
        if (key == idle) return skip(value);
      }
      return is_null(value);  // any other key may ask for more than plain text
    });
  }

  bool read_stream_options(json::value value) {
    if (is_null(value)) return true;
    json::object options;
    return value.get_object().get(options) == simdjson::SUCCESS &&
           for_each_member(options, [this](std::string_view key, json::value inner) {
             return key == "include_usage" && once(kIncludeUsage) &&
                    read_flag(inner, chat_.include_usage);
           });
  }

  bool read_messages(json::value value) {
    json::array array;
    return value.get_array().get(array) == simdjson::SUCCESS &&
           for_each_element(array, [this](json::value message) { return read_message(message); });
  }

  bool read_message(json::value value) {
    json::object message;
    if (value.get_object().get(message) != simdjson::SUCCESS) return false;
    std::string_view role;
    has_content_ = false;
    stamp_.reset();
    const bool good = for_each_member(message, [&](std::string_view key, json::value inner) {
      if (key == "role") return role.empty() && inner.get_string().get(role) == simdjson::SUCCESS;
      if (key == "content") return read_content(inner);
      return is_null(inner);
    });
    const bool user = role == "user";
    if (!good || !has_content_ ||
        !(user || role == "system" || role == "assistant" || role == "developer")) {
      return false;
    }
    if (user) chat_.stamp_id = stamp_;
    ++messages_;
    return true;
  }

  bool read_content(json::value value) {
    json_type type{};
    if (has_content_ || value.type().get(type) != simdjson::SUCCESS) return false;
    if (type == json_type::string) return take_text(value);
    json::array parts;
    return value.get_array().get(parts) == simdjson::SUCCESS &&
           for_each_element(parts, [this](json::value part) { return read_part(part); });
  }

  bool read_part(json::value value) {
    json::object part;
    if (value.get_object().get(part) != simdjson::SUCCESS) return false;
    bool is_text = false;
    bool has_text = false;
    return for_each_member(part,
                           [&](std::string_view key, json::value inner) {
                             std::string_view type;
                             if (key == "type") {
                               is_text = inner.get_string().get(type) == simdjson::SUCCESS &&
                                         type == "text";
                               return is_text;
                             }
                             if (key != "text" || has_text) return false;
                             has_text = take_text(inner);
                             return has_text;
                           }) &&
           is_text && has_text;
  }

  bool take_text(json::value value) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return false;
    has_content_ = true;
    chat_.prompt_tokens += count_tokens(text);
    if (!stamp_) stamp_ = find_stamp(text);
    return true;
  }

  PlainChat chat_;
  std::optional<std::uint32_t> max_tokens_;
  std::optional<std::uint32_t> max_completion_tokens_;
  std::optional<std::uint32_t> stamp_;  ///< of the message being read
  std::size_t messages_ = 0;
  unsigned seen_ = 0;
  bool has_content_ = false;
};

}  // namespace

std::optional<std::uint32_t> find_stamp(std::string_view text) {
  for (auto at = text.find("~q:"); at != std::string_view::npos; at = text.find("~q:", at + 1)) {
    if (const auto stamp = read_request_stamp(text.substr(at))) return stamp->id;
  }
  return std::nullopt;
}

std::optional<PlainChat> peek_plain_chat(std::string& body) {
  return Peek().run(body);
}

}  // namespace hopcost::mockserver
