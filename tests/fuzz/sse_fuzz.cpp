// Events do not depend on where the bytes were cut, and are those of the specification, which a
// second decoder follows line by line on the whole text.

#include <string>
#include <utility>
#include <vector>

#include "common/sse.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

struct Decoded {
  Events events;
  bool inside = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(const std::vector<std::string>& pieces) {
  hopcost::SseDecoder decoder;
  Decoded result;
  for (const auto& piece : pieces) {
    const bool fine = decoder.feed(
        piece, [&](const hopcost::SseEvent& e) { result.events.emplace_back(e.name, e.data); });
    hopcost::fuzz::expect(fine, "an input below the limit is not refused");
  }
  result.inside = decoder.inside_event();
  return result;
}

Events decode_by_the_book(const std::string& text) {
  Events events;
  std::string name;
  std::string data;  // every data line with a LF behind it
  std::size_t at = 0;
  while (true) {
    const std::size_t end = text.find_first_of("\r\n", at);
    if (end == std::string::npos) return events;
    const std::string line = text.substr(at, end - at);
    at = end + (text.compare(end, 2, "\r\n") == 0 ? 2U : 1U);
    if (line.empty()) {
      if (!data.empty()) {
        data.pop_back();
        events.emplace_back(name, data);
      }
      name.clear();
      data.clear();
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string field = line.substr(0, colon);
    std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    if (field == "event") name = value;
    if (field == "data") data += value + '\n';
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using hopcost::fuzz::expect;
  const auto input = hopcost::fuzz::cut(hopcost::fuzz::text_of(bytes, size));
  const auto whole = decode({input.text});
  expect(decode(input.pieces) == whole, "cutting the stream changes nothing");
  expect(whole.events == decode_by_the_book(input.text), "events are the specification's");
  return 0;
}
