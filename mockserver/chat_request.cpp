#include "mockserver/chat_request.hpp"

#include <fmt/format.h>

// Without its exceptions simdjson has no conversion that could throw behind our back.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/scenario.hpp"

namespace hopcost::mockserver {
namespace {

namespace json = simdjson::ondemand;
using json::json_type;

/// Deeper nesting is refused: it serves nothing but to exhaust a stack.
constexpr int kMaxDepth = 64;

/// A stamp starts the text as a rule; some gateways put words of their own before it.
std::optional<std::uint32_t> find_stamp(std::string_view text) {
  for (auto at = std::string_view::size_type{0}; at != std::string_view::npos;
       at = text.find("~q:", at + 1)) {
    if (const auto stamp = read_request_stamp(text.substr(at))) return stamp->id;
  }
  return std::nullopt;
}

/// One pass over one body. Every step returns false once `error_` was set.
class Peek {
 public:
  std::expected<ChatRequest, ApiError> run(std::string& body) {
    thread_local json::parser parser;
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    json::document document;
    json::object root;
    const simdjson::padded_string_view view(body.data(), body.size(), body.capacity());
    if (parser.iterate(view).get(document) != simdjson::SUCCESS) {
      not_json();
    } else if (document.get_object().get(root) != simdjson::SUCCESS) {
      refuse("", "The request body must be a JSON object.");
    } else if (read_root(root)) {
      if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {  // more follows
        not_json();
      } else {
        finish();
      }
    }
    if (error_) return std::unexpected(std::move(*error_));
    return request_;
  }

 private:
  bool refuse(std::string param, std::string message) {
    if (!error_) error_ = ApiError{400, std::move(message), std::move(param), "", kType};
    return false;
  }
  bool not_json() { return refuse("", "The request body is not valid JSON."); }

  /// Calls `each(key, value)` for every member of an object.
  template <class Object, class Each>
  bool for_each_member(Object& object, Each each) {
    for (auto member : object) {
      json::field field;
      std::string_view key;
      if (std::move(member).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(key) != simdjson::SUCCESS) {
        return not_json();
      }
      if (!each(key, field.value())) return false;
    }
    return true;
  }

  template <class Each>
  bool for_each_element(json::array& array, Each each) {
    for (auto element : array) {
      json::value value;
      if (element.get(value) != simdjson::SUCCESS) return not_json();
      if (!each(value)) return false;
    }
    return true;
  }

  /// Walks over a value nobody asked for, so that broken JSON never passes.
  bool skip(json::value value, int depth = 0) {
    if (depth > kMaxDepth) return refuse("", "The request body is nested too deeply.");
    json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return not_json();
    switch (type) {
      case json_type::object: {
        json::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return not_json();
        return for_each_member(
            object, [&](std::string_view, json::value inner) { return skip(inner, depth + 1); });
      }
      case json_type::array: {
        json::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return not_json();
        return for_each_element(array, [&](json::value inner) { return skip(inner, depth + 1); });
      }
      case json_type::string: {
        std::string_view text;
        return value.get_string().get(text) == simdjson::SUCCESS || not_json();
      }
      case json_type::number: {
        // A number too large for any machine type is still JSON.
        const auto error = value.get_double().error();
        return error == simdjson::SUCCESS || error == simdjson::NUMBER_OUT_OF_RANGE || not_json();
      }
      case json_type::boolean: {
        bool flag = false;
        return value.get_bool().get(flag) == simdjson::SUCCESS || not_json();
      }
      case json_type::null:
        return is_null(value) || not_json();
    }
    return not_json();
  }

  static bool is_null(json::value& value) {
    bool null = false;
    return value.is_null().get(null) == simdjson::SUCCESS && null;
  }

  bool read_flag(json::value value, const char* param, bool& flag) {
    if (is_null(value)) return true;
    if (value.get_bool().get(flag) == simdjson::SUCCESS) return true;
    return refuse(param, fmt::format("'{}' must be true or false.", param));
  }

  bool read_limit(json::value value, const char* param, std::optional<std::uint32_t>& limit) {
    if (is_null(value)) return true;
    std::int64_t number = 0;
    if (value.get_int64().get(number) != simdjson::SUCCESS || number < 1 || number > kMaxTokens) {
      return refuse(param,
                    fmt::format("'{}' must be a whole number from 1 to {}.", param, kMaxTokens));
    }
    limit = static_cast<std::uint32_t>(number);
    return true;
  }

  bool read_root(json::object& root) {
    return for_each_member(root, [this](std::string_view key, json::value value) {
      if (key == "model") {
        has_model_ = true;
        if (value.get_string().get(request_.model) == simdjson::SUCCESS) return true;
        return refuse("model", "'model' must be a string.");
      }
      if (key == "messages") return read_messages(value);
      if (key == "stream") return read_flag(value, "stream", request_.stream);
      if (key == "max_tokens") return read_limit(value, "max_tokens", max_tokens_);
      if (key == "max_completion_tokens") {
        return read_limit(value, "max_completion_tokens", max_completion_tokens_);
      }
      if (key == "stream_options") return read_stream_options(value);
      if (key == "ignore_eos") return read_flag(value, "ignore_eos", request_.ignore_eos);
      if (key == "n") return read_choices(value);
      return skip(value);
    });
  }

  bool read_choices(json::value value) {
    if (is_null(value)) return true;
    std::int64_t number = 0;
    if (value.get_int64().get(number) == simdjson::SUCCESS && number == 1) return true;
    return refuse("n", "'n' must be 1: one choice a request is what this server gives.");
  }

  bool read_stream_options(json::value value) {
    if (is_null(value)) return true;
    json::object options;
    if (value.get_object().get(options) != simdjson::SUCCESS) {
      return refuse("stream_options", "'stream_options' must be an object.");
    }
    return for_each_member(options, [this](std::string_view key, json::value inner) {
      if (key == "include_usage") {
        return read_flag(inner, "stream_options.include_usage", request_.include_usage);
      }
      return skip(inner);
    });
  }

  bool read_messages(json::value value) {
    messages_ = 0;
    request_.prompt_tokens = 0;
    request_.stamp_id.reset();
    json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      return refuse("messages", "'messages' must be an array of messages.");
    }
    return for_each_element(array, [this](json::value message) { return read_message(message); });
  }

  std::string at(const char* rest) const { return fmt::format("messages[{}]{}", messages_, rest); }

  bool read_message(json::value value) {
    json::object message;
    if (value.get_object().get(message) != simdjson::SUCCESS) {
      return refuse(at(""), "A message must be an object with a role and a content.");
    }
    std::string_view role;
    has_content_ = false;
    stamp_.reset();
    const bool good = for_each_member(message, [&](std::string_view key, json::value inner) {
      if (key == "role") {
        if (inner.get_string().get(role) == simdjson::SUCCESS) return true;
        return refuse(at(".role"), "A message's role must be a string.");
      }
      if (key == "content") return read_content(inner);
      return skip(inner);
    });
    if (!good) return false;
    const bool user = role == "user";
    const bool assistant = role == "assistant" || role == "function";
    if (!user && !assistant && role != "system" && role != "developer" && role != "tool") {
      return refuse(at(".role"),
                    "A message's role must be developer, system, user, assistant or tool.");
    }
    // A turn of the assistant may consist of tool calls alone.
    if (!has_content_ && !assistant) {
      return refuse(at(".content"), "A message needs a content: a string or a list of parts.");
    }
    if (user) request_.stamp_id = stamp_;
    ++messages_;
    return true;
  }

  bool read_content(json::value value) {
    if (is_null(value)) return true;
    json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return not_json();
    if (type == json_type::string) {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return not_json();
      take_text(text);
      return true;
    }
    json::array parts;
    if (value.get_array().get(parts) != simdjson::SUCCESS) {
      return refuse(at(".content"), "A content must be a string or a list of parts.");
    }
    return for_each_element(parts, [this](json::value part) { return read_part(part); });
  }

  /// Only text counts; images and the like are accepted and skipped.
  bool read_part(json::value value) {
    has_content_ = true;
    json::object part;
    if (value.get_object().get(part) != simdjson::SUCCESS) {
      return refuse(at(".content"), "A part of a content must be an object.");
    }
    bool has_type = false;
    const bool good = for_each_member(part, [&](std::string_view key, json::value inner) {
      std::string_view text;
      if (key == "type") {
        has_type = inner.get_string().get(text) == simdjson::SUCCESS;
        return has_type || refuse(at(".content"), "A part's type must be a string.");
      }
      if (key != "text") return skip(inner);
      if (inner.get_string().get(text) != simdjson::SUCCESS) {
        return refuse(at(".content"), "A part's text must be a string.");
      }
      take_text(text);
      return true;
    });
    if (!good) return false;
    return has_type || refuse(at(".content"), "A part of a content needs a type.");
  }

  void take_text(std::string_view text) {
    has_content_ = true;
    request_.prompt_tokens += count_tokens(text);
    if (!stamp_) stamp_ = find_stamp(text);
  }

  bool finish() {
    if (!has_model_) return refuse("model", "You must name a model.");
    if (messages_ == 0) return refuse("messages", "You must send at least one message.");
    request_.max_tokens = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
    return true;
  }

  static constexpr const char* kType = "invalid_request_error";

  ChatRequest request_;
  std::optional<ApiError> error_;
  std::optional<std::uint32_t> max_tokens_;
  std::optional<std::uint32_t> max_completion_tokens_;
  std::optional<std::uint32_t> stamp_;  ///< of the message being read
  std::size_t messages_ = 0;
  bool has_model_ = false;
  bool has_content_ = false;
};

}  // namespace

std::expected<ChatRequest, ApiError> peek_chat_request(std::string& body) {
  return Peek().run(body);
}

}  // namespace hopcost::mockserver
