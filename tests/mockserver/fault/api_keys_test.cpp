#include "mockserver/fault/api_keys.hpp"

#include <cstdlib>
#include <string>

#include "tests/catch.hpp"
#include "tests/support/variable.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using hopcost::test::Variable;

namespace {

ApiKeys keys_of(std::string_view list) {
  auto keys = ApiKeys::from_list(list);
  REQUIRE(keys.has_value());
  return *keys;
}

}  // namespace

TEST_CASE("without keys every request passes") {
  const ApiKeys keys;
  CHECK_FALSE(keys.required());
  CHECK_FALSE(keys.check({}).has_value());
  CHECK(keys.to_json().is_null());
}

TEST_CASE("a key is taken from any of its headers") {
  const auto keys = keys_of(" sk-one , sk-two,");
  CHECK(keys.count() == 2);
  CHECK_FALSE(keys.check({.authorization = "Bearer sk-one"}).has_value());
  CHECK_FALSE(keys.check({.authorization = "bearer   sk-two "}).has_value());
  CHECK_FALSE(keys.check({.x_api_key = "sk-two"}).has_value());
  CHECK_FALSE(keys.check({.api_key = "sk-one"}).has_value());
  CHECK_FALSE(keys.check({.authorization = "Basic abc", .api_key = "sk-one"}).has_value());
  CHECK(keys.check({.authorization = "Bearer no", .api_key = "sk-one"}).has_value());
  CHECK(presented_key({.authorization = "Bearer a", .x_api_key = "b"}) == "a");
  CHECK_FALSE(presented_key({.authorization = "Bearer"}).has_value());
  CHECK_FALSE(presented_key({}).has_value());
}

TEST_CASE("only the whole key is accepted") {
  const auto keys = keys_of("sk-one");
  CHECK(keys.accepts("sk-one"));
  for (const std::string_view wrong :
       {"", "s", "sk-on", "sk-onE", "sk-one ", "sk-onesk-one", "sk-one,sk-one"}) {
    INFO(wrong);
    CHECK_FALSE(keys.accepts(wrong));
  }
}

TEST_CASE("a refusal is OpenAI's 401 and shows no part of a key") {
  const auto keys = keys_of("sk-secret");
  const auto wrong = keys.check({.authorization = "Bearer sk-guess"});
  REQUIRE(wrong.has_value());
  CHECK(wrong->status == 401);
  CHECK(wrong->code == "invalid_api_key");
  CHECK(wrong->type == "invalid_request_error");
  CHECK(wrong->body().find("guess") == std::string::npos);
  CHECK(wrong->body().find("secret") == std::string::npos);
  const auto missing = keys.check({});
  REQUIRE(missing.has_value());
  CHECK(missing->status == 401);
  CHECK(missing->message.find("No API key") == 0);
  CHECK(keys.to_json().dump() == "{\"count\":1}");
}

TEST_CASE("lists without a usable key are refused without showing it") {
  CHECK_FALSE(ApiKeys::from_list("").has_value());
  CHECK_FALSE(ApiKeys::from_list(" , ,").has_value());
  const auto bad = ApiKeys::from_list("sk-secret, two words");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().to_string().find("words") == std::string::npos);
}

TEST_CASE("keys come from an environment variable that a scenario names") {
  const Variable variable("HOPCOST_TEST_API_KEYS", "sk-a,sk-b");
  const auto root = parse_yaml("{environment: HOPCOST_TEST_API_KEYS}", "x.yaml");
  REQUIRE(root.has_value());
  const auto keys = catch_errors([&] { return decode_api_keys(*root); });
  REQUIRE(keys.has_value());
  CHECK(keys->count() == 2);
  CHECK(keys->accepts("sk-b"));
  CHECK(keys->to_json().dump() == "{\"environment\":\"HOPCOST_TEST_API_KEYS\"}");
}

TEST_CASE("a variable that is not set, or another way to give keys, is refused") {
  const auto complaint = [](const std::string& text) -> std::string {
    const auto root = parse_yaml(text, "x.yaml");
    REQUIRE(root.has_value());
    const auto keys = catch_errors([&] { return decode_api_keys(*root); });
    return keys ? "" : keys.error().to_string();
  };
  unsetenv("HOPCOST_TEST_NO_KEYS");
  CHECK(complaint("environment: HOPCOST_TEST_NO_KEYS") ==
        "x.yaml:1: environment: the environment variable HOPCOST_TEST_NO_KEYS is not set");
  CHECK(complaint("{environment: A, keys: [sk-a]}").find("keys: unknown key") != std::string::npos);
  CHECK(complaint("{}").find("'environment' is missing") != std::string::npos);
}
