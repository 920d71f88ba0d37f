#include "web/page.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/web/unpacked.hpp"

using namespace hopcost;

TEST_CASE("what is packed comes out as it went in") {
  for (const std::string& text : {std::string(), std::string("x"), std::string(300'000, 'a'),
                                  std::string("\0\xff</script>\n", 12)}) {
    CHECK(test::inflated(web::packed(text)) == text);
  }
}

TEST_CASE("a figure is rounded to so many significant digits") {
  CHECK(web::rounded(1234567.0) == 1234570.0);
  CHECK(web::rounded(-0.000123456789) == -0.000123457);
  CHECK(web::rounded(14215432.0, 4) == 14220000.0);
  CHECK(web::rounded(0) == 0);
}

TEST_CASE("a build without the page says what is missing, one with it makes one file") {
  const auto made = web::page({{"schema", "x"}});
  REQUIRE(made.has_value() == web::has_page());
  if (!made) {
    CHECK(made.error().code == ErrorCode::not_valid);
    CHECK(made.error().message.find("HOPCOST_WEB") != std::string::npos);
    return;
  }
  CHECK(made->starts_with("<!doctype html>"));
  CHECK(made->find("default-src 'none'") != std::string::npos);
  // Nothing in it is fetched from anywhere.
  for (const auto* fetched : {" src=", "<link rel=\"stylesheet", "@import", "url(http"}) {
    INFO(fetched);
    CHECK(made->find(fetched) == std::string::npos);
  }
}

TEST_CASE("hostile text makes no markup, and comes back letter by letter") {
  const nlohmann::json data{{"schema", "</script><script>alert(1)</script><!--"},
                            {"name", std::string(10'000, '<')},
                            {"log", "\x1b[31mred\x1b[0m"},
                            {"bad", "\xff\xfe"}};
  const auto made = web::page(data);
  REQUIRE(made.has_value() == web::has_page());
  if (!made) return;
  CHECK(made->find("alert(1)") == std::string::npos);
  CHECK(made->find("<<<<") == std::string::npos);
  const auto back = test::data_of(*made);
  for (const auto* name : {"schema", "name", "log"}) CHECK(back[name] == data[name]);
  CHECK(back["bad"] == "\uFFFD\uFFFD");
}
