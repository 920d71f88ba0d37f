#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver::test {

inline constexpr ReplyFacts kFacts{"0123456789abcdef", "1700000000", "mock-1"};

/// One server-sent event: `event` is empty where it has no name; [DONE] has a null.
struct Event {
  std::string name;
  nlohmann::json data;
};

/// The events of `text`, each of which must end with an empty line; throws where one is malformed.
[[nodiscard]] std::vector<Event> events_of(std::string_view text);
[[nodiscard]] std::vector<std::string> names_of(const std::vector<Event>& events);

/// A whole stream as a writer gave it.
struct Stream {
  std::string text;
  std::vector<std::size_t> stamps;  ///< in `text`, one for each piece; kNoStamp where it has none
  [[nodiscard]] std::vector<Event> events() const { return events_of(text); }
};

/// `width` tokens a piece.
[[nodiscard]] Stream stream_of(ReplyWriter& writer, const Answer& answer, std::uint32_t width = 1);

/// Answers of one choice, made by hand.
[[nodiscard]] Choice words(std::uint32_t content, std::uint32_t reasoning = 0);
[[nodiscard]] ToolCall call_of(std::string name, std::string arguments);
[[nodiscard]] Answer answer_of(Choice choice);

}  // namespace hopcost::mockserver::test
