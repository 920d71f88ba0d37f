#include "mockserver/admin/exchange_log.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

Exchange unary() {
  return {.at_ns = 12,
          .method = "POST",
          .target = "/v1/chat/completions",
          .headers = {{"Content-Type", "application/json"}, {"X-Twice", "a"}, {"X-Twice", "b"}},
          .body = "{\"model\":\"m\"}",
          .status = 429,
          .reply_headers = {{"Retry-After", "1"}},
          .reply = std::string("{\"error\":{}}")};
}

Exchange streamed() {
  Exchange exchange = unary();
  exchange.reply =
      std::vector<ReplyPiece>{{0, "data: {\"a\":\"\xc3"}, {5, "\xa9\"}\n\n"}, {5, ""}, {900, "x"}};
  return exchange;
}

Exchange read_back(const Exchange& exchange) {
  const auto read = from_line(to_line(exchange), "f:1");
  REQUIRE(read);
  return *read;
}

/// Where the line that `change` makes of a good one is refused.
template <class Change>
std::string refused_at(Change change, const Exchange& exchange = unary()) {
  json line = json::parse(to_line(exchange));
  change(line);
  const auto read = from_line(line.dump(), "f:7");
  if (!read) CHECK(read.error().exit_code() == 64);
  return read ? "accepted" : read.error().where;
}

TEST_CASE("an exchange is read back as it was written, in one line") {
  for (const auto& exchange : {unary(), streamed()}) {
    CHECK(read_back(exchange) == exchange);
    CHECK(to_line(exchange).find('\n') == std::string::npos);
  }
  CHECK(std::holds_alternative<std::vector<ReplyPiece>>(read_back(streamed()).reply));
}

TEST_CASE("bytes that are not UTF-8 survive, in bodies, pieces and heads") {
  Exchange exchange = streamed();
  exchange.body.clear();
  for (int i = 0; i < 256; ++i) exchange.body += static_cast<char>(i);
  exchange.headers.emplace_back("X-Bytes", "caf\xe9 \x80\xff\t");
  exchange.target = "/\xff?q=\xc3\xa9";
  CHECK(read_back(exchange) == exchange);
  const json line = json::parse(to_line(exchange));
  CHECK_FALSE(line.at("request").contains("body"));
  CHECK(line.at("request").contains("body_base64"));
  CHECK(line.at("response").at("pieces").at(0).contains("body_base64"));
  CHECK(line.at("response").at("pieces").at(3).at("body") == "x");
}

TEST_CASE("no secret is ever written") {
  Exchange exchange = unary();
  const std::vector<std::string> names{
      "Authorization",  "authorization", "X-API-Key",
      "api-key",        "Cookie",        "Proxy-Authorization",
      "X-Goog-Api-Key", "X-Auth-Token",  "Ocp-Apim-Subscription-Key",
      "X-Client-Secret"};
  for (const auto& name : names) exchange.headers.emplace_back(name, "hunter2");
  exchange.reply_headers.emplace_back("Set-Cookie", "hunter2");
  exchange.target = "/v1/x?a=1&key=hunter2&API-KEY=hunter2&token=&b=hunter3&keys=4";
  const std::string line = to_line(exchange);
  CHECK(line.find("hunter2") == std::string::npos);
  const Exchange read = read_back(exchange);
  CHECK(read.target == "/v1/x?a=1&key=redacted&API-KEY=redacted&token=redacted&b=hunter3&keys=4");
  CHECK(read.headers.at(3) == std::pair<std::string, std::string>("Authorization", "redacted"));
  CHECK(read.headers.at(0).second == "application/json");
  CHECK_FALSE(is_secret_header("x-ratelimit-remaining-tokens"));
  CHECK_FALSE(is_secret_header("accept"));
}

TEST_CASE("targets without secrets stay as they are") {
  for (const char* target : {"", "/", "/a?", "/a?key", "/a?&&", "/a?b=c&d", "/a?=key=1"}) {
    CHECK(without_secrets(target) == target);
  }
}

TEST_CASE("a bad line is refused with file, line and field") {
  CHECK(from_line("{", "f:7").error().where == "f:7");
  CHECK(from_line("[]", "f:7").error().where == "f:7");
  CHECK(from_line("", "f:7").error().where == "f:7");
  CHECK(refused_at([](json& line) { line.erase("at_ns"); }) == "f:7: at_ns");
  CHECK(refused_at([](json& line) { line["at_ns"] = -1; }) == "f:7: at_ns");
  CHECK(refused_at([](json& line) { line["at_ns"] = 1.5; }) == "f:7: at_ns");
  CHECK(refused_at([](json& line) { line["at_ns"] = UINT64_MAX; }) == "f:7: at_ns");
  CHECK(refused_at([](json& line) { line["more"] = 1; }) == "f:7: more");
  CHECK(refused_at([](json& line) { line["request"] = 1; }) == "f:7: request");
  CHECK(refused_at([](json& line) { line["request"]["more"] = 1; }) == "f:7: request.more");
  CHECK(refused_at([](json& line) { line["request"]["method"] = "GE T"; }) ==
        "f:7: request.method");
  CHECK(refused_at([](json& line) { line["request"]["target"] = "/a b"; }) ==
        "f:7: request.target");
  CHECK(refused_at([](json& line) { line["request"]["target"] = ""; }) == "f:7: request.target");
  CHECK(refused_at([](json& line) { line["request"]["target"] = "/\u0100"; }) ==
        "f:7: request.target");
  CHECK(refused_at([](json& line) { line["request"].erase("body"); }) == "f:7: request.body");
  CHECK(refused_at([](json& line) { line["request"]["body_base64"] = ""; }) ==
        "f:7: request.body_base64");
  CHECK(refused_at([](json& line) {
          line["request"].erase("body");
          line["request"]["body_base64"] = "Zg";
        }) == "f:7: request.body_base64");
  CHECK(refused_at([](json& line) { line["request"]["headers"][1] = "a"; }) ==
        "f:7: request.headers[1]");
  CHECK(refused_at([](json& line) { line["request"]["headers"][1].push_back("a"); }) ==
        "f:7: request.headers[1]");
}

TEST_CASE("a reply that could not be sent as HTTP is refused") {
  CHECK(refused_at([](json& line) { line["response"]["status"] = 101; }) == "f:7: response.status");
  CHECK(refused_at([](json& line) { line["response"]["status"] = 600; }) == "f:7: response.status");
  CHECK(refused_at([](json& line) { line["response"]["headers"][0][0] = "A:"; }) ==
        "f:7: response.headers[0][0]");
  CHECK(refused_at([](json& line) { line["response"]["headers"][0][1] = "a\r\nb: c"; }) ==
        "f:7: response.headers[0][1]");
  CHECK(refused_at([](json& line) { line["response"].erase("body"); }) == "f:7: response.body");
  CHECK(refused_at([](json& line) { line["response"]["pieces"] = json::array(); }) ==
        "f:7: response.pieces");
  CHECK(refused_at([](json& line) { line["response"]["pieces"][1]["after_ns"] = 901; },
                   streamed()) == "f:7: response.pieces[2].after_ns");
  CHECK(refused_at([](json& line) { line["response"]["pieces"][3]["more"] = 1; }, streamed()) ==
        "f:7: response.pieces[3].more");
  CHECK(refused_at([](json& line) { line["response"]["pieces"][3] = 1; }, streamed()) ==
        "f:7: response.pieces[3]");
}

TEST_CASE("a key that is there twice is refused") {
  std::string line = to_line(unary());
  line.insert(1, "\"at_ns\":1,");
  const auto read = from_line(line, "f:7");
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "has a key twice");
}

}  // namespace
}  // namespace hopcost::mockserver
