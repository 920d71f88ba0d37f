#include "common/stamp.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;

namespace {

template <class Stamp>
std::string text_of(const Stamp& stamp) {
  std::string text(Stamp::kSize + 2, '#');  // the last two show that nothing is written past it
  write_stamp(text.data(), stamp);
  REQUIRE(text.substr(Stamp::kSize) == "##");
  text.resize(Stamp::kSize);
  return text;
}

/// Any reader's answer, as the text its stamp would be written as; empty where there is none.
std::string read_as(char kind, std::string_view text) {
  if (kind == 'q') {
    const auto s = read_request_stamp(text);
    return s ? text_of(*s) : "";
  }
  if (kind == 'a') {
    const auto s = read_reply_stamp(text);
    return s ? text_of(*s) : "";
  }
  const auto s = read_chunk_stamp(text);
  return s ? text_of(*s) : "";
}

const std::vector<std::pair<char, std::string>>& samples() {
  static const std::vector<std::pair<char, std::string>> kSamples{
      {'q', text_of(RequestStamp{42, 123456789012345})},
      {'a', text_of(ReplyStamp{99999999, 1, 1234567890123456789})},
      {'c', text_of(ChunkStamp{7, 555})}};
  return kSamples;
}

}  // namespace

TEST_CASE("stamps are written as documented, byte for byte") {
  CHECK(text_of(RequestStamp{42, 123}) == "~q:00000042:0000000000000000123~");
  CHECK(text_of(ReplyStamp{42, 123, 456}) ==
        "~a:00000042:0000000000000000123:0000000000000000456~");
  CHECK(text_of(ChunkStamp{7, 123}) == "~c:000007:0000000000000000123~");
}

TEST_CASE("stamps read back what was written, from zero to the largest values") {
  constexpr auto kLast = std::numeric_limits<Nanos>::max();
  for (const Nanos t : {Nanos{0}, Nanos{1}, Nanos{999999999}, now_ns(), kLast}) {
    for (const std::uint32_t id : {0U, 1U, 12345U, 999999U}) {
      const auto q = read_request_stamp(text_of(RequestStamp{id, t}));
      REQUIRE(q.has_value());
      CHECK(q->id == id);
      CHECK(q->send_ns == t);
      const auto a = read_reply_stamp(text_of(ReplyStamp{id, t, kLast - t}));
      REQUIRE(a.has_value());
      CHECK(a->id == id);
      CHECK(a->received_ns == t);
      CHECK(a->sent_ns == kLast - t);
      const auto c = read_chunk_stamp(text_of(ChunkStamp{id, t}));
      REQUIRE(c.has_value());
      CHECK(c->sequence == id);
      CHECK(c->sent_ns == t);
    }
  }
}

TEST_CASE("numbers wrap at the width they have instead of breaking the form") {
  CHECK(read_request_stamp(text_of(RequestStamp{100000005, 1}))->id == 5);
  CHECK(read_reply_stamp(text_of(ReplyStamp{4294967295U, 1, 2}))->id == 94967295);
  CHECK(read_chunk_stamp(text_of(ChunkStamp{1000003, 1}))->sequence == 3);
}

TEST_CASE("a stamp may be followed by anything") {
  for (const auto& [kind, text] : samples()) {
    CHECK(read_as(kind, text + "1") == text);
    CHECK(read_as(kind, text + text) == text);
  }
}

TEST_CASE("a stamp cut short anywhere is no stamp") {
  for (const auto& [kind, text] : samples()) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      // An allocation of exactly this size: the sanitizer sees a read past it.
      const std::vector<char> cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE(read_as(kind, std::string_view(cut.data(), cut.size())).empty());
    }
  }
}

TEST_CASE("a stamp with any structural byte changed to any other is no stamp") {
  for (const auto& [kind, text] : samples()) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool digit = text[at] >= '0' && text[at] <= '9';
      for (int value = 0; value < 256; ++value) {
        std::string changed = text;
        changed[at] = static_cast<char>(value);
        const bool still_digit = value >= '0' && value <= '9';
        INFO(text << " with byte " << at << " = " << value);
        if (changed == text || (digit && still_digit)) {
          REQUIRE(read_as(kind, changed) == changed);
        } else {
          REQUIRE(read_as(kind, changed).empty());
        }
      }
    }
  }
}

TEST_CASE("no kind of stamp is read as another") {
  for (const auto& [kind, text] : samples()) {
    for (const char other : {'q', 'a', 'c'}) {
      if (other == kind) continue;
      CHECK(read_as(other, text + std::string(40, '0')).empty());
    }
  }
}
