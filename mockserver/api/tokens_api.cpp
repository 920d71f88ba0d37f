#include "mockserver/api/tokens_api.hpp"

#include <charconv>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/text_hash.hpp"
#include "mockserver/api/words.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::uint32_t kListed = 64;
constexpr std::uint32_t kFirstOther = 2 * kListed;
constexpr std::string_view kPlaceholder = " token";

const std::unordered_map<std::string_view, std::uint32_t>& listed_pieces() {
  static const auto pieces = [] {
    std::unordered_map<std::string_view, std::uint32_t> map;
    for (std::uint32_t i = 0; i < kListed; ++i) {
      map.emplace(token_text(i), i);
      map.emplace(token_text(i).substr(1), kListed + i);
    }
    return map;
  }();
  return pieces;
}

/// The id that a placeholder names.
std::optional<std::uint32_t> placeholder_id(std::string_view piece) {
  if (!piece.starts_with(kPlaceholder)) return std::nullopt;
  const std::string_view digits = piece.substr(kPlaceholder.size());
  if (digits.starts_with('0')) return std::nullopt;
  std::uint32_t id = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return id >= kFirstOther && id < kVocabulary ? std::optional(id) : std::nullopt;
}

std::string model_of(const BodyValue& root) {
  const auto model = root.find("model");
  return model ? std::string(model->text()) : std::string();
}

void check_flag(const BodyValue& root, std::string_view key) {
  if (const auto flag = root.find(key)) (void)flag->flag();
}

void append_content(const BodyValue& content, std::string& text) {
  const auto append = [&text](std::string_view part) {
    if (!text.empty()) text += '\n';
    text += part;
  };
  if (content.is_string()) return append(content.text());
  if (!content.is_array()) content.refuse("must be a string or a list of parts");
  content.for_each([&](const BodyValue& part) {
    if (part.require("type").text() == "text") append(part.require("text").text());
  });
}

std::string messages_text(const BodyValue& messages) {
  std::string text;
  if (messages.array_size() == 0) messages.refuse("must not be empty");
  messages.for_each([&](const BodyValue& message) {
    (void)message.require("role").text();
    if (const auto content = message.find("content")) append_content(*content, text);
  });
  return text;
}

std::string dump(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::uint32_t token_id(std::string_view piece) {
  const auto& listed = listed_pieces();
  if (const auto found = listed.find(piece); found != listed.end()) return found->second;
  if (const auto id = placeholder_id(piece)) return *id;
  return kFirstOther + static_cast<std::uint32_t>(text_hash(piece) % (kVocabulary - kFirstOther));
}

void append_token(std::string& out, std::uint32_t id) {
  if (id < kListed) {
    out += token_text(id);
  } else if (id < kFirstOther) {
    out += token_text(id - kListed).substr(1);
  } else {
    fmt::format_to(std::back_inserter(out), "{}{}", kPlaceholder, id);
  }
}

std::expected<TokenizeQuestion, ApiError> read_tokenize(std::string& body) {
  return read_body(body, [](const BodyValue& root) {
    TokenizeQuestion question;
    question.model = model_of(root);
    check_flag(root, "add_special_tokens");  // there are none: it changes nothing
    check_flag(root, "add_generation_prompt");
    if (const auto flag = root.find("return_token_strs")) question.with_strings = flag->flag();
    const auto messages = root.find("messages");
    const auto prompt = root.find("prompt");
    if (messages && !prompt) {
      question.text = messages_text(*messages);
    } else {
      question.text = root.require("prompt").text();
    }
    if (count_tokens(question.text) > kMaxTokens) {
      (prompt ? *prompt : *messages).refuse(fmt::format("has more than {} tokens", kMaxTokens));
    }
    return question;
  });
}

std::string tokenize_body(const TokenizeQuestion& question, std::uint64_t max_model_len) {
  std::string ids;
  auto strings = nlohmann::ordered_json::array();
  std::uint64_t count = 0;
  for_each_word(question.text, [&](std::string_view piece, std::string_view /*word*/) {
    fmt::format_to(std::back_inserter(ids), "{}{}", count == 0 ? "" : ",", token_id(piece));
    if (question.with_strings) strings.push_back(piece);
    ++count;
  });
  std::string out =
      fmt::format(R"({{"count":{},"max_model_len":{},"tokens":[{}])", count, max_model_len, ids);
  if (question.with_strings) out += R"(,"token_strs":)" + dump(strings);
  return out += '}';
}

std::expected<DetokenizeQuestion, ApiError> read_detokenize(std::string& body) {
  return read_body(body, [](const BodyValue& root) {
    DetokenizeQuestion question;
    question.model = model_of(root);
    const auto tokens = root.require("tokens");
    if (tokens.array_size() > kMaxTokens) {
      tokens.refuse(fmt::format("must have at most {} elements", kMaxTokens));
    }
    question.tokens.reserve(tokens.array_size());
    tokens.for_each([&](const BodyValue& id) {
      question.tokens.push_back(static_cast<std::uint32_t>(id.whole(0, kVocabulary - 1)));
    });
    return question;
  });
}

std::string detokenize_body(const DetokenizeQuestion& question) {
  std::string text;
  for (const std::uint32_t id : question.tokens) append_token(text, id);
  return dump({{"prompt", text}});
}

}  // namespace hopcost::mockserver
