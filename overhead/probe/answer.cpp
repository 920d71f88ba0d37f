#include "overhead/probe/answer.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "common/sse.hpp"
#include "common/stamp.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// How bytes are delivered and kept, not what they say; and what differs from second to second.
bool is_framing(const std::string& name) {
  static const std::set<std::string> kFraming{"connection", "content-length", "date", "keep-alive",
                                              "transfer-encoding"};
  return kFraming.contains(name);
}

void add_keys(const json& value, const std::string& path, std::set<std::string>& keys) {
  if (value.is_array()) {
    for (const auto& item : value) add_keys(item, path + "[]", keys);
  } else if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      const auto name = path.empty() ? key : path + "." + key;
      keys.insert(name);
      add_keys(inner, name, keys);
    }
  }
}

/// Where a value was, the last one stands.
void add_value(const json& document, const char* pointer, const std::string& name, Answer& answer) {
  const json::json_pointer at(pointer);
  if (!document.contains(at)) return;
  const auto& value = document.at(at);
  if (value.is_null()) return;
  answer.values[name] = value.is_string() ? value.get<std::string>() : value.dump();
}

/// The text with the digits of each stamp replaced: two answers differ in them.
std::string without_times(const std::string& text, int& stamps) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    std::size_t size = 0;
    if (read_reply_stamp(rest)) size = ReplyStamp::kSize;
    if (read_chunk_stamp(rest)) size = ChunkStamp::kSize;
    if (size == 0) {
      plain += text[at++];
      continue;
    }
    ++stamps;
    plain += "~0~";
    at += size;
  }
  return plain;
}

/// Parts of tool calls, joined by their index.
class ToolCalls {
 public:
  void add(const json& calls) {
    if (!calls.is_array()) return;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const auto& call = calls[i];
      if (!call.is_object() || !call.contains("function")) continue;
      auto& [name, arguments] = calls_[call.value("index", static_cast<int>(i))];
      const auto& function = call["function"];
      const auto take = [&](const char* key, std::string& into) {
        if (function.contains(key) && function[key].is_string()) {
          into += function[key].get<std::string>();
        }
      };
      take("name", name);
      take("arguments", arguments);
    }
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [index, call] : calls_) all += fmt::format("{}({})", call.first, call.second);
    return all;
  }

 private:
  std::map<int, std::pair<std::string, std::string>> calls_;
};

/// Adds documents to an answer.
class Reader {
 public:
  explicit Reader(Answer& answer) : answer_(answer) {}

  /// Returns whether it holds content.
  bool add(std::string_view document, const char* message) {
    const auto value = json::parse(document, nullptr, false);
    if (!value.is_object()) {
      answer_.json = false;
      return false;
    }
    add_keys(value, "", answer_.keys);
    for (const auto& [pointer, name] : kFields) add_value(value, pointer, name, answer_);
    const json::json_pointer where(message);
    if (!value.contains(where) || !value.at(where).is_object()) return false;
    const auto& part = value.at(where);
    if (part.contains("tool_calls")) calls_.add(part["tool_calls"]);
    if (!part.contains("content") || !part["content"].is_string()) return false;
    const auto content = part["content"].get<std::string>();
    text_ += content;
    return !content.empty();
  }

  void finish() {
    answer_.text = without_times(text_, answer_.stamps);
    answer_.tool_calls = calls_.text();
  }

 private:
  static constexpr std::pair<const char*, const char*> kFields[] = {
      {"/model", "model"},
      {"/object", "object"},
      {"/choices/0/finish_reason", "finish_reason"},
      {"/usage/prompt_tokens", "usage.prompt_tokens"},
      {"/usage/completion_tokens", "usage.completion_tokens"},
      {"/error/message", "error.message"},
      {"/error/type", "error.type"},
      {"/error/code", "error.code"},
      {"/error/param", "error.param"}};

  Answer& answer_;
  std::string text_;
  ToolCalls calls_;
};

void read_stream(const HttpReply& reply, Answer& answer, Reader& reader) {
  SseDecoder decoder;
  std::size_t begin = 0;
  for (const std::size_t end : reply.reads) {
    int in_this = 0;
    decoder.feed(std::string_view(reply.body).substr(begin, end - begin), [&](const SseEvent& e) {
      answer.done = e.data == "[DONE]";
      if (answer.done) return;
      ++answer.events;
      if (reader.add(e.data, "/choices/0/delta")) ++in_this;
    });
    answer.most_events_in_a_read = std::max(answer.most_events_in_a_read, in_this);
    begin = end;
  }
}

}  // namespace

Answer read_answer(const HttpReply& reply) {
  Answer answer;
  answer.status = reply.status;
  answer.json = true;
  for (const auto& [name, value] : reply.headers) {
    auto key = lower(name);
    if (!is_framing(key)) answer.headers[std::move(key)] = value;
  }
  const auto type = answer.headers.find("content-type");
  answer.streamed = type != answer.headers.end() && type->second.starts_with("text/event-stream");
  Reader reader(answer);
  if (answer.streamed) {
    read_stream(reply, answer, reader);
  } else {
    reader.add(reply.body, "/choices/0/message");
  }
  reader.finish();
  return answer;
}

}  // namespace hopcost::overhead
