#include "loadgen/exchange/reply_json.hpp"

#include <tuple>

#include <simdjson.h>

namespace hopcost::loadgen {
namespace {

namespace sj = simdjson::ondemand;

bool is_filled_string(sj::value value, std::string_view& text) {
  return value.get_string().get(text) == simdjson::SUCCESS && !text.empty();
}

bool is_filled_array(sj::value value) {
  sj::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  bool empty = true;
  return array.is_empty().get(empty) == simdjson::SUCCESS && !empty;
}

/// The delta or message of the first choice. False where its shape is wrong.
bool read_carrier(sj::object carrier, ReplyPiece& piece) {
  for (auto field : carrier) {
    std::string_view key;
    sj::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    std::string_view reasoning;
    if (key == "content") {
      piece.has_content = is_filled_string(value, piece.content) || piece.has_content;
    } else if (key == "reasoning_content" || key == "reasoning") {
      piece.has_content = is_filled_string(value, reasoning) || piece.has_content;
    } else if (key == "tool_calls") {
      piece.has_content = is_filled_array(value) || piece.has_content;
    }
  }
  return true;
}

/// What of a choice holds the text: "delta" or "message", an object; or "text" itself.
bool read_choice(sj::object choice, std::string_view carrier_name, ReplyPiece& piece) {
  for (auto field : choice) {
    std::string_view key;
    sj::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    if (key == carrier_name && key == "text") {
      piece.has_content = is_filled_string(value, piece.content);
    } else if (key == carrier_name) {
      sj::object carrier;
      if (value.get_object().get(carrier) != simdjson::SUCCESS) return false;
      if (!read_carrier(carrier, piece)) return false;
    } else if (key == "finish_reason") {
      std::string_view reason;
      piece.finished = is_filled_string(value, reason);
    }
  }
  return true;
}

bool read_choices(sj::value value, std::string_view carrier_name, ReplyPiece& piece) {
  sj::array choices;
  if (value.get_array().get(choices) != simdjson::SUCCESS) return false;
  for (auto element : choices) {
    sj::object choice;
    if (element.get_object().get(choice) != simdjson::SUCCESS) return false;
    if (piece.has_choices) continue;  // further choices are skipped
    piece.has_choices = true;
    if (!read_choice(choice, carrier_name, piece)) return false;
  }
  return true;
}

/// The first text of a response's output: output[].content[].text.
bool read_output(sj::value value, ReplyPiece& piece) {
  sj::array items;
  if (value.get_array().get(items) != simdjson::SUCCESS) return false;
  for (auto element : items) {
    sj::object item;
    if (element.get_object().get(item) != simdjson::SUCCESS) return false;
    piece.has_choices = true;
    sj::array parts;
    if (item["content"].get_array().get(parts) != simdjson::SUCCESS) continue;  // a tool call
    for (auto part_element : parts) {
      sj::object part;
      if (part_element.get_object().get(part) != simdjson::SUCCESS) return false;
      std::string_view text;
      if (piece.has_content || part["text"].get_string().get(text) != simdjson::SUCCESS) continue;
      piece.content = text;
      piece.has_content = !text.empty();
    }
  }
  return true;
}

void read_details(sj::value value, ReplyPiece& piece) {
  sj::object details;
  if (value.get_object().get(details) != simdjson::SUCCESS) return;
  std::uint64_t number = 0;
  if (details["cached_tokens"].get_uint64().get(number) == simdjson::SUCCESS) {
    piece.cached_tokens = number;
  }
}

void read_usage(sj::value value, ReplyPiece& piece) {
  sj::object usage;
  if (value.get_object().get(usage) != simdjson::SUCCESS) return;  // null on most chunks
  for (auto field : usage) {
    std::string_view key;
    sj::value of_key;
    std::uint64_t number = 0;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    if (field.value().get(of_key) != simdjson::SUCCESS) return;
    if (key == "prompt_tokens_details" || key == "input_tokens_details") {
      read_details(of_key, piece);
    } else if (key == "prompt_tokens" || key == "input_tokens") {
      if (of_key.get_uint64().get(number) != simdjson::SUCCESS) continue;
      piece.prompt_tokens = number;
      piece.has_usage = true;
    } else if (key == "completion_tokens" || key == "output_tokens") {
      if (of_key.get_uint64().get(number) != simdjson::SUCCESS) continue;
      piece.completion_tokens = number;
      piece.has_usage = true;
    }
  }
}

void read_error(sj::value value, ReplyPiece& piece) {
  sj::object error;
  if (value.get_object().get(error) != simdjson::SUCCESS) return;  // "error": null is no error
  piece.is_error = true;
  std::string_view message;
  if (error["message"].get_string().get(message) == simdjson::SUCCESS)
    piece.error_message = message;
}

/// The response inside an event of a response's stream: its usage, or why it failed.
bool read_response(sj::value value, ReplyPiece& piece) {
  sj::object response;
  if (value.get_object().get(response) != simdjson::SUCCESS) return false;
  for (auto field : response) {
    std::string_view key;
    sj::value of_key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(of_key) != simdjson::SUCCESS) return false;
    if (key == "usage") read_usage(of_key, piece);
    if (key == "error") read_error(of_key, piece);
  }
  return true;
}

/// An event of a response's stream is what its type says.
bool read_response_event(sj::object root, ReplyPiece& piece) {
  std::string_view type;
  std::string_view delta;
  for (auto field : root) {
    std::string_view key;
    sj::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    if (key == "type") {
      if (value.get_string().get(type) != simdjson::SUCCESS) return false;
    } else if (key == "delta") {
      std::ignore = value.get_string().get(delta);
    } else if (key == "response") {
      if (!read_response(value, piece)) return false;
    } else if (key == "error") {
      read_error(value, piece);
    } else if (key == "message" && type == "error") {
      piece.is_error = true;
      std::ignore = value.get_string().get(piece.error_message);
    }
  }
  piece.has_choices = type.starts_with("response.output");
  piece.finished = type == "response.completed" || type == "response.incomplete";
  piece.is_error = piece.is_error || type == "error" || type == "response.failed";
  if (type == "response.output_text.delta" ||
      type.starts_with("response.function_call_arguments.d") ||
      type.starts_with("response.reasoning")) {
    piece.has_content = !delta.empty();
    if (type == "response.output_text.delta") piece.content = delta;
  }
  return !type.empty();
}

std::string_view carrier_of(Api api, bool event) {
  if (api == Api::completions) return "text";
  return event ? "delta" : "message";
}

/// Everything but the stream of a response.
bool read_object(sj::object root, Api api, bool event, ReplyPiece& piece) {
  const std::string_view list = api == Api::embeddings  ? "data"
                                : api == Api::responses ? "output"
                                                        : "choices";
  bool seen = false;
  for (auto field : root) {
    std::string_view key;
    sj::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    if (key == list) {
      seen = true;
      if (api == Api::embeddings) {
        piece.has_choices = piece.finished = is_filled_array(value);
      } else if (api == Api::responses) {
        if (!read_output(value, piece)) return false;
        piece.finished = true;
      } else if (!read_choices(value, carrier_of(api, event), piece)) {
        return false;
      }
    } else if (key == "model") {
      piece.model = value.raw_json_token();
    } else if (key == "usage") {
      read_usage(value, piece);
    } else if (key == "error") {
      read_error(value, piece);
    }
  }
  return seen || piece.is_error;
}

}  // namespace

struct ReplyJson::Memory {
  sj::parser parser;
  std::string padded;
};

ReplyJson::ReplyJson(Api api) : api_(api), memory_(std::make_unique<Memory>()) {
  memory_->padded.reserve(8192);
}
ReplyJson::~ReplyJson() = default;

ReplyPiece ReplyJson::read(std::string_view json, bool event) {
  ReplyPiece piece;
  auto& padded = memory_->padded;
  padded.assign(json);
  padded.append(simdjson::SIMDJSON_PADDING, '\0');
  sj::document document;
  sj::object root;
  if (memory_->parser.iterate(padded.data(), json.size(), padded.size()).get(document) !=
          simdjson::SUCCESS ||
      document.get_object().get(root) != simdjson::SUCCESS) {
    return piece;
  }
  const bool right = event && api_ == Api::responses ? read_response_event(root, piece)
                                                     : read_object(root, api_, event, piece);
  piece.valid = right && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return piece;
}

}  // namespace hopcost::loadgen
