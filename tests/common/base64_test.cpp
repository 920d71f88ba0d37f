#include "common/base64.hpp"

#include "tests/catch.hpp"

namespace hopcost {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out = ">";
  append_base64(out, bytes);
  return out.substr(1);
}

TEST_CASE("base64 writes the examples of its RFC") {
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded("fooba") == "Zm9vYmE=");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  CHECK(encoded("\xfb\xff\xfe") == "+//+");
}

TEST_CASE("base64 of any bytes is read back") {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    CHECK(from_base64(encoded(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST_CASE("base64 has one spelling, every other text is refused") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm 9", "Zm9v\n",
                           "Zm9v=", "====", "=m9v", "Zg==Zg==", "Z===", "Zm9-", "A=A="}) {
    INFO(text);
    CHECK_FALSE(from_base64(text));
  }
}

}  // namespace
}  // namespace hopcost
