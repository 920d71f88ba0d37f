#include "common/tokens.hpp"

#include <string>

#include "common/stamp.hpp"
#include "tests/catch.hpp"

using namespace hopcost;

TEST_CASE("tokens are counted as runs of bytes that are not white space") {
  CHECK(count_tokens("") == 0);
  CHECK(count_tokens(" \t\r\n\v\f") == 0);
  CHECK(count_tokens("one") == 1);
  CHECK(count_tokens(" one  two\nthree ") == 3);
  CHECK(count_tokens("caf\xc3\xa9 \xf0\x9f\x98\x80") == 2);
  CHECK(count_tokens(std::string_view("a\0b c", 5)) == 2);
}

TEST_CASE("as many tokens are counted as were appended, from wherever the text starts") {
  for (const std::uint64_t first : {0U, 1U, 63U, 64U, 1000003U}) {
    for (const std::uint64_t count : {0U, 1U, 2U, 64U, 200U}) {
      std::string text;
      append_tokens(text, first, count);
      CHECK(count_tokens(text) == count);
    }
  }
}

TEST_CASE("text appended in two parts equals the same text in one") {
  std::string whole;
  append_tokens(whole, 5, 300);
  std::string parts;
  append_tokens(parts, 5, 120);
  append_tokens(parts, 125, 180);
  CHECK(parts == whole);
}

TEST_CASE("every token is one word with its leading space") {
  for (std::uint64_t i = 0; i < 130; ++i) {
    const auto text = token_text(i);
    REQUIRE(text.size() > 1);
    REQUIRE(text.front() == ' ');
    REQUIRE(count_tokens(text) == 1);
  }
}

TEST_CASE("a stamp counts as one token alone and as none when it leads a word") {
  std::string stamp(ReplyStamp::kSize, ' ');
  write_stamp(stamp.data(), ReplyStamp{1, 2, 3});
  CHECK(count_tokens(stamp) == 1);
  CHECK(count_tokens(stamp + " river stone") == 3);
  CHECK(count_tokens(stamp + "river stone") == 2);
}
