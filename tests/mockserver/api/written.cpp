#include "tests/mockserver/api/written.hpp"

#include <stdexcept>
#include <utility>

namespace hopcost::mockserver::test {
namespace {

using std::string_view;

string_view take_line(string_view& text) {
  const auto end = text.find('\n');
  if (end == string_view::npos) throw std::runtime_error("a line without an end");
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::vector<Event> events_of(string_view text) {
  constexpr string_view kName = "event: ";
  constexpr string_view kData = "data: ";
  std::vector<Event> events;
  while (!text.empty()) {
    Event event;
    auto line = take_line(text);
    if (line.starts_with(kName)) {
      event.name = line.substr(kName.size());
      line = take_line(text);
    }
    if (!line.starts_with(kData)) throw std::runtime_error("an event without data");
    line.remove_prefix(kData.size());
    if (line != "[DONE]") event.data = nlohmann::json::parse(line);
    if (!take_line(text).empty()) throw std::runtime_error("an event of too many lines");
    events.push_back(std::move(event));
  }
  return events;
}

std::vector<std::string> names_of(const std::vector<Event>& events) {
  std::vector<std::string> names;
  names.reserve(events.size());
  for (const auto& event : events) names.push_back(event.name);
  return names;
}

Stream stream_of(ReplyWriter& writer, const Answer& answer, std::uint32_t width) {
  Stream stream;
  writer.open(stream.text);
  for (std::uint32_t at = 0; at < answer.steps(); at += width) {
    stream.stamps.push_back(writer.piece(stream.text, at, at + width));
  }
  writer.close(stream.text, true);
  return stream;
}

Choice words(std::uint32_t content, std::uint32_t reasoning) {
  Choice choice;
  choice.reasoning = TokenText::words(32, reasoning);
  choice.content = TokenText::words(0, content);
  return choice;
}

ToolCall call_of(std::string name, std::string arguments) {
  return {"call_abcdefghijklmnopqrstuvwx", std::move(name),
          TokenText::literal(std::move(arguments))};
}

Answer answer_of(Choice choice) {
  Answer answer;
  answer.prompt_tokens = 9;
  answer.cached_tokens = 4;
  answer.reasoning_tokens = choice.reasoning.size();
  answer.completion_tokens = choice.tokens();
  answer.choices.push_back(std::move(choice));
  return answer;
}

}  // namespace hopcost::mockserver::test
