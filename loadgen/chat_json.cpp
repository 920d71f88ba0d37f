#include "loadgen/chat_json.hpp"

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
bool read_carrier(sj::object carrier, ChatPiece& piece) {
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

bool read_choice(sj::object choice, std::string_view carrier_name, ChatPiece& piece) {
  for (auto field : choice) {
    std::string_view key;
    sj::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    if (key == carrier_name) {
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

bool read_choices(sj::value value, std::string_view carrier_name, ChatPiece& piece) {
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

void read_usage(sj::value value, ChatPiece& piece) {
  sj::object usage;
  if (value.get_object().get(usage) != simdjson::SUCCESS) return;  // null on most chunks
  for (auto field : usage) {
    std::string_view key;
    std::uint64_t number = 0;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    if (key == "prompt_tokens" && field.value().get_uint64().get(number) == simdjson::SUCCESS) {
      piece.prompt_tokens = number;
    } else if (key == "completion_tokens" &&
               field.value().get_uint64().get(number) == simdjson::SUCCESS) {
      piece.completion_tokens = number;
      piece.has_usage = true;
    }
  }
}

void read_error(sj::value value, ChatPiece& piece) {
  sj::object error;
  if (value.get_object().get(error) != simdjson::SUCCESS) return;  // "error": null is no error
  piece.is_error = true;
  std::string_view message;
  if (error["message"].get_string().get(message) == simdjson::SUCCESS)
    piece.error_message = message;
}

}  // namespace

struct ChatJson::Memory {
  sj::parser parser;
  std::string padded;
};

ChatJson::ChatJson() : memory_(std::make_unique<Memory>()) {
  memory_->padded.reserve(8192);
}
ChatJson::~ChatJson() = default;

ChatPiece ChatJson::read(std::string_view json, std::string_view carrier) {
  ChatPiece piece;
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
  bool seen_choices = false;
  for (auto field : root) {
    std::string_view key;
    sj::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return piece;
    if (field.value().get(value) != simdjson::SUCCESS) return piece;
    if (key == "choices") {
      if (!read_choices(value, carrier, piece)) return piece;
      seen_choices = true;
    } else if (key == "usage") {
      read_usage(value, piece);
    } else if (key == "error") {
      read_error(value, piece);
    }
  }
  piece.valid = (seen_choices || piece.is_error) &&
                document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return piece;
}

}  // namespace hopcost::loadgen
