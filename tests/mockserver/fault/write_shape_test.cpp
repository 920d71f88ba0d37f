#include "mockserver/fault/write_shape.hpp"

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

std::string multibyte(std::string_view text) {
  std::string out;
  append_multibyte(out, text);
  return out;
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

}  // namespace

TEST_CASE("writes end after so many bytes, the last with the bytes") {
  using Ends = std::vector<std::size_t>;
  CHECK(slice_points("abcdefg", {}) == Ends{7});
  CHECK(slice_points("abcdefg", {.bytes = 3}) == Ends{3, 6, 7});
  CHECK(slice_points("abc", {.bytes = 1}) == Ends{1, 2, 3});
  CHECK(slice_points("abc", {.bytes = 100}) == Ends{3});
  CHECK(slice_points("", {.bytes = 3}).empty());
  CHECK(slice_points("", {.split_utf8 = true}).empty());
}

TEST_CASE("a write ends inside every multi-byte character, in its turn at every place of it") {
  const std::string text = "a\u00e9b\u6f22\u6f22\u6f22c\U0001f600\U0001f600\U0001f600\U0001f600";
  const auto ends = slice_points(text, {.split_utf8 = true});
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0xc0) continue;
    ++characters;
    std::size_t end = at + 1;
    while (end < text.size() && continues(text[end])) ++end;
    CHECK(std::ranges::count_if(ends, [&](std::size_t e) { return e > at && e < end; }) == 1);
  }
  CHECK(characters == 8);
  CHECK(ends.size() == characters + 1);
  CHECK(ends.back() == text.size());
}

TEST_CASE("slices always go on and never pass the end, also in bytes that are no text") {
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    for (int i = 255; i >= 0; --i) bytes += static_cast<char>(i);
  }
  bytes += '\xf0';
  for (const std::uint32_t limit : {0U, 1U, 2U, 5U}) {
    for (const bool split_utf8 : {false, true}) {
      const WriteShape shape{.bytes = limit, .split_utf8 = split_utf8};
      std::size_t before = 0;
      const auto ends = slice_points(bytes, shape);
      for (const auto end : ends) {
        CHECK(end > before);
        CHECK((limit == 0 || end - before <= limit));
        before = end;
      }
      CHECK(before == bytes.size());
    }
  }
}

TEST_CASE("text becomes multi-byte with as many tokens, each in every chunk the same") {
  std::string text;
  append_tokens(text, 0, 64);
  const std::string many = multibyte(text);
  CHECK(count_tokens(many) == 64);
  std::string one_by_one;
  for (std::uint64_t i = 0; i < 64; ++i) one_by_one += multibyte(token_text(i));
  CHECK(one_by_one == many);
  for (const std::string_view character : {"\u00e9", "\u6f22", "\U0001f600"}) {
    CHECK(many.find(character) != std::string::npos);
  }
  CHECK(nlohmann::json(many).dump().find("\\u") == std::string::npos);
}

TEST_CASE("stamps, numbers, JSON and white space stay as they are") {
  std::string stamp(ChunkStamp::kSize, ' ');
  write_stamp(stamp.data(), ChunkStamp{.sequence = 3, .sent_ns = 42});
  for (const std::string& text : {stamp, std::string("{\\\"a\\\": true }"),
                                  std::string(" null \n 12\t"), std::string(" A1 ")}) {
    CHECK(multibyte(text) == text);
  }
  // Two letters leave 2 when divided by three characters, one leaves 1.
  CHECK(multibyte("  ab  \n c ") == "  \U0001f600b  \n \u6f22 ");
}

TEST_CASE("only the text of a reply becomes multi-byte, in every wire format") {
  const auto check = [](const std::string& wire, const std::string& expected) {
    CHECK(multibyte_wire(wire) == expected);
  };
  check(
      "data: {\"id\":\"abc\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\" "
      "stone\"}}]}\n\n",
      "data: {\"id\":\"abc\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\" "
      "\U0001f600tone\"}}]}\n\n");
  check("{\"text\":\" stone\",\"object\":\"text\"}",
        "{\"text\":\" \U0001f600tone\",\"object\":\"text\"}");
  check("{\"type\":\"response.output_text.delta\",\"delta\":\" stone\"}",
        "{\"type\":\"response.output_text.delta\",\"delta\":\" \U0001f600tone\"}");
  for (const std::string wire :
       {"{\"type\":\"response.function_call_arguments.delta\",\"delta\":\" stone\"}",
        "{\"content\":null,\"text\":[\"content\",\"x\"]}", "{\"content\": \"stone\"}",
        "{\"content\":\"\"}", "{\"content\":\"a\\\" B\\\\\"}", "data: [DONE]\n\n", "",
        "{\"content\":\"UNENDED A", "{\"content\":\"A\\", "\"", "\"content\":\"", "\"content\":"}) {
    check(wire, wire);
  }
}

TEST_CASE("a stamp at the head of the first text keeps its place") {
  std::string stamp(ReplyStamp::kSize, ' ');
  write_stamp(stamp.data(), ReplyStamp{.id = 1, .received_ns = 2, .sent_ns = 3});
  const std::string wire = "{\"choices\":[{\"message\":{\"content\":\"" + stamp + " river\"}}]}";
  const std::string many = multibyte_wire(wire);
  CHECK(many != wire);
  CHECK(many.find(stamp) == wire.find(stamp));
}
