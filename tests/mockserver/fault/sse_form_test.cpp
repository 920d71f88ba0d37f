#include "mockserver/fault/sse_form.hpp"

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/sse.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

const std::string kChat =
    "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\" a, \\\"b\\\\\"},\"x\":1}]}\n\n"
    "data: [DONE]\n\n";
const std::string kMessages =
    "event: ping\ndata: {\"type\": \"ping\",  \"n\":[1,2,3]}\n\n"
    "event: content_block_delta\ndata: {\"text\":\"\u00e9 {,} \u6f22\"}\n\n";
const std::string kOdd =
    "data:  led by a space\n\n: a comment\n\ndata: two\ndata: lines, {,}\n\n"
    "data: {}\n\ndata\n\ndata:\n\nid: 7\ndata: {\"a\": \"b\", \"c\":[\"d,e\"]}\n\n";

struct Decoded {
  Events events;
  bool inside = false;
  bool operator==(const Decoded&) const = default;
};

/// Reads the stream cut at `at`, as the specification says: without its byte order mark.
Decoded decode(std::string_view wire, std::size_t at) {
  SseDecoder decoder;
  Decoded result;
  const std::size_t mark = wire.starts_with("\xef\xbb\xbf") ? 3 : 0;
  if (at < mark) at = mark;
  for (const auto piece : {wire.substr(mark, at - mark), wire.substr(at)}) {
    decoder.feed(
        piece, [&](const SseEvent& event) { result.events.emplace_back(event.name, event.data); });
  }
  result.inside = decoder.inside_event();
  return result;
}

bool same_data(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto json = nlohmann::json::parse(a, nullptr, false);
  return !json.is_discarded() && json == nlohmann::json::parse(b, nullptr, false);
}

bool same_events(const Decoded& a, const Decoded& b) {
  if (a.inside != b.inside || a.events.size() != b.events.size()) return false;
  for (std::size_t i = 0; i < a.events.size(); ++i) {
    if (a.events[i].first != b.events[i].first) return false;
    if (!same_data(a.events[i].second, b.events[i].second)) return false;
  }
  return true;
}

std::vector<SseForm> all_forms() {
  std::vector<SseForm> forms;
  for (const auto end : {LineEnd::lf, LineEnd::crlf, LineEnd::cr, LineEnd::mixed}) {
    for (unsigned bits = 0; bits < 64; ++bits) {
      forms.push_back({.line_end = end,
                       .bom = (bits & 1U) != 0,
                       .comments = (bits & 2U) != 0,
                       .split_data = (bits & 4U) != 0,
                       .empty_events = (bits & 8U) != 0,
                       .no_space = (bits & 16U) != 0,
                       .id_retry = (bits & 32U) != 0});
    }
  }
  return forms;
}

std::string reformed(std::string_view events, const SseForm& form, std::uint64_t index = 0) {
  std::string out;
  append_reformed(out, events, form, index);
  return out;
}

std::string shown(const SseForm& form) {
  return nlohmann::json(reformed("data: {\"a\":1,\"b\":2}\n\n", form)).dump();
}

}  // namespace

TEST_CASE("a right reader finds the same events in every form, wherever the bytes are cut") {
  for (const auto& events : {kChat, kMessages, kOdd}) {
    const Decoded plain = decode(events, 0);
    REQUIRE(plain.events.size() >= 2);
    for (const auto& form : all_forms()) {
      const std::string wire = reformed(events, form);
      bool same = true;
      for (std::size_t at = 0; at <= wire.size(); ++at) {
        same = same && same_events(decode(wire, at), plain);
      }
      INFO(shown(form));
      CHECK(same);
    }
  }
}

TEST_CASE("events given one at a time become the same stream as given at once, but for its turns") {
  for (const auto& form : all_forms()) {
    std::string wire;
    std::uint64_t index = 0;
    std::string_view rest = kMessages;
    while (!rest.empty()) {
      const std::size_t end = rest.find("\n\n") + 2;
      index = append_reformed(wire, rest.substr(0, end), form, index);
      rest.remove_prefix(end);
    }
    INFO(shown(form));
    CHECK(index == 2);
    CHECK(same_events(decode(wire, 0), decode(kMessages, 0)));
    if (form.line_end != LineEnd::mixed) CHECK(wire == reformed(kMessages, form));
  }
}

TEST_CASE("an event cut short stays cut short in every form") {
  const std::string cut(unterminated(kMessages));
  CHECK(cut == kMessages.substr(0, kMessages.size() - 1));
  CHECK(unterminated("data: a").size() == 7);
  for (const auto& form : all_forms()) {
    INFO(shown(form));
    const auto decoded = decode(reformed(cut, form), 0);
    CHECK(decoded.inside);
    CHECK(decoded.events.size() == 1);
    CHECK(decode(reformed(kMessages.substr(0, kMessages.size() - 9), form), 0).inside);
  }
}

TEST_CASE("each form is on the wire as its name says") {
  const std::string event = "event: e\ndata: {\"a\":\",\",\"b\":1}\n\n";
  CHECK(reformed(event, {}) == event);
  CHECK(reformed(event, {.line_end = LineEnd::crlf}) ==
        "event: e\r\ndata: {\"a\":\",\",\"b\":1}\r\n\r\n");
  CHECK(reformed(event, {.line_end = LineEnd::cr}) == "event: e\rdata: {\"a\":\",\",\"b\":1}\r\r");
  CHECK(reformed(event, {.bom = true}) == "\xef\xbb\xbf" + event);
  CHECK(reformed(event, {.bom = true}, 1) == event);
  CHECK(reformed(event, {.comments = true}) == ": ping\n\n" + event);
  CHECK(reformed(event, {.split_data = true}) ==
        "event: e\ndata: {\ndata: \"a\":\",\",\ndata: \"b\":1}\n\n");
  CHECK(reformed("data: [DONE]\n\n", {.split_data = true}) == "data: [DONE]\n\n");
  CHECK(reformed(event, {.empty_events = true}) == "event: nothing\n\n" + event);
  CHECK(reformed(event, {.no_space = true}) == "event:e\ndata:{\"a\":\",\",\"b\":1}\n\n");
  CHECK(reformed(event, {.id_retry = true}) == "id: 0\nretry: 3000\n" + event);
  CHECK(reformed(event, {.id_retry = true}, 5) == "id: 5\n" + event);
}

TEST_CASE("mixed line ends have all three, also over a short stream") {
  const std::string wire = reformed(kMessages, {.line_end = LineEnd::mixed});
  bool lf = false;
  bool crlf = false;
  bool cr = false;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (wire[i] == '\r') {
      (wire.compare(i, 2, "\r\n") == 0 ? crlf : cr) = true;
    } else if (wire[i] == '\n') {
      lf = lf || i == 0 || wire[i - 1] != '\r';
    }
  }
  CHECK(lf);
  CHECK(crlf);
  CHECK(cr);
}

TEST_CASE("nothing becomes nothing, and the count of events goes on") {
  for (const auto& form : all_forms()) {
    std::string out;
    CHECK(append_reformed(out, "", form, 3) == 3);
    CHECK(out.empty());
    CHECK(append_reformed(out, kChat, form, 3) == 5);
  }
}

TEST_CASE("a ping is a comment in the stream's line ends") {
  std::string out;
  append_ping(out, {.line_end = LineEnd::crlf});
  CHECK(out == ": ping\r\n\r\n");
  for (const auto& form : all_forms()) {
    std::string wire;
    const auto index = append_reformed(wire, kChat, form, 0);
    append_ping(wire, form);
    append_reformed(wire, kChat, form, index);
    CHECK(same_events(decode(wire, 0), decode(kChat + kChat, 0)));
  }
}

TEST_CASE("malformed JSON is cut in the first event only, between characters") {
  const std::string cut = malformed_events(kMessages);
  const auto events = decode(cut, 0).events;
  REQUIRE(events.size() == 2);
  CHECK(events[0].first == "ping");
  CHECK_FALSE(nlohmann::json::accept(events[0].second));
  CHECK(events[1] == decode(kMessages, 0).events[1]);
  CHECK(malformed_events("").empty());
  CHECK(malformed_events(": nothing\n\n") == ": nothing\n\n");
  CHECK(malformed_body("{\"a\":\"\u6f22\u6f22\u6f22\u6f22\"}") == "{\"a\":\"\u6f22");
  CHECK(malformed_body("").empty());
  CHECK_FALSE(nlohmann::json::accept(malformed_body("{\"a\":1}")));
}

TEST_CASE("a huge event has the size asked for and says the same") {
  for (const std::size_t size : {200U, 1U << 20U}) {
    const std::string huge = huge_events(kChat, size);
    CHECK(huge.find("\n\n") + 2 == size);
    CHECK(same_events(decode(huge, 0), decode(kChat, 0)));
  }
  const std::string named = huge_events(kMessages, 500);
  CHECK(named.find("\n\n") + 2 == 500);
  CHECK(same_events(decode(named, 0), decode(kMessages, 0)));
  const std::string later = huge_events("data: [DONE]\n\n" + kChat, 500);
  CHECK(later.find("\n\n", 14) + 2 == 14 + 500);
  CHECK(huge_events(kChat, 10) == kChat);
  CHECK(huge_events("data: [DONE]\n\n", 500) == "data: [DONE]\n\n");
  CHECK(huge_events("data: {\n\n", 500) == "data: {\n\n");
  CHECK(huge_events("", 500).empty());
}

TEST_CASE("a proxy's page shows its status") {
  CHECK(http_page(502).find("<h1>502 Bad Gateway</h1>") != std::string::npos);
  CHECK(http_page(418).find("<title>418 Error</title>") != std::string::npos);
}
