#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "mockserver/api/chat_writer.hpp"

// Reads what the chat writer wrote, as a client does; independent of how it was written.

namespace hopcost::mockserver::chat_collect {

using nlohmann::ordered_json;

/// The documents of a stream's events, and whether [DONE] ended it. Throws where an event is not
/// `data: <JSON>` and an empty line.
struct Events {
  std::vector<ordered_json> chunks;
  bool done = false;
};

inline Events events_of(std::string_view bytes) {
  Events events;
  while (!bytes.empty()) {
    const auto end = bytes.find("\n\n");
    if (end == std::string_view::npos || bytes.substr(0, 6) != "data: " || events.done) {
      throw std::runtime_error("not an event");
    }
    const auto data = bytes.substr(6, end - 6);
    if (data == "[DONE]") {
      events.done = true;
    } else {
      events.chunks.push_back(ordered_json::parse(data));
    }
    bytes.remove_prefix(end + 2);
  }
  return events;
}

/// What the deltas of a stream add up to: a reply in the unary form, without logprobs.
inline ordered_json message_of(const std::vector<ordered_json>& chunks, std::size_t index) {
  ordered_json result{{"content", nullptr}, {"reasoning", ""}, {"calls", ordered_json::array()}};
  result["finish_reason"] = nullptr;
  for (const auto& chunk : chunks) {
    for (const auto& choice : chunk.at("choices")) {
      if (choice.at("index") != index) continue;
      const auto& delta = choice.at("delta");
      if (const auto text = delta.find("content"); text != delta.end() && text->is_string()) {
        if (result["content"].is_null()) result["content"] = "";
        result["content"].get_ref<std::string&>() += text->get_ref<const std::string&>();
      }
      if (delta.contains("reasoning_content")) {
        result["reasoning"].get_ref<std::string&>() +=
            delta.at("reasoning_content").get_ref<const std::string&>();
      }
      if (delta.contains("tool_calls")) {
        for (const auto& part : delta.at("tool_calls")) {
          auto& calls = result["calls"];
          const auto at = part.at("index").get<std::size_t>();
          if (at == calls.size()) {
            calls.push_back({{"id", part.at("id")},
                             {"type", part.at("type")},
                             {"name", part.at("function").at("name")},
                             {"arguments", ""}});
          }
          calls.at(at)["arguments"].get_ref<std::string&>() +=
              part.at("function").at("arguments").get_ref<const std::string&>();
        }
      }
      if (!choice.at("finish_reason").is_null()) result["finish_reason"] = choice["finish_reason"];
    }
  }
  return result;
}

/// The same of a unary reply's choice.
inline ordered_json message_of(const ordered_json& choice) {
  const auto& message = choice.at("message");
  ordered_json result{{"content", message.at("content")},
                      {"reasoning", message.value("reasoning_content", "")},
                      {"calls", ordered_json::array()}};
  result["finish_reason"] = choice.at("finish_reason");
  if (message.contains("tool_calls")) {
    for (const auto& call : message.at("tool_calls")) {
      result["calls"].push_back({{"id", call.at("id")},
                                 {"type", call.at("type")},
                                 {"name", call.at("function").at("name")},
                                 {"arguments", call.at("function").at("arguments")}});
    }
  }
  return result;
}

inline std::string stream_of(ReplyWriter& writer, std::uint32_t steps, std::uint32_t tokens,
                             bool terminator = true) {
  std::string out;
  writer.open(out);
  for (std::uint32_t at = 0; at < steps; at += tokens) {
    static_cast<void>(writer.piece(out, at, std::min(steps, at + tokens)));
  }
  writer.close(out, terminator);
  return out;
}

}  // namespace hopcost::mockserver::chat_collect
