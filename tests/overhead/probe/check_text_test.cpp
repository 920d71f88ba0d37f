#include "overhead/probe/probe.hpp"
#include "tests/catch.hpp"

using namespace hopcost::overhead;

namespace {

StackCheck two_requests() {
  StackCheck check;
  check.stack = "x";
  check.version = "x 1.0";
  check.workers = {true, 2, {2}, "threads named 'w...'"};
  const Change everywhere{"headers", "added server"};
  check.probes = {{"unary", 200, 200, 5, 1, {everywhere, {"model", "'m' becomes 'n'"}}},
                  {"upstream 500", 500, 0, 5, 3, {everywhere, {"keys", std::string(400, 'k')}}}};
  check.loads = {{"unary", 9, 1, 9, 1.0, 3.0, 0, 0, "HTTP 500"}};
  return check;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a check says once what happens to every reply, and cuts what is long") {
  const auto text = check_text(two_requests());
  INFO(text);
  CHECK(count(text, "headers: added server") == 1);
  CHECK(count(text, "every reply: headers: added server") == 1);
  CHECK(count(text, "model: 'm' becomes 'n'") == 1);
  CHECK(text.find(std::string(200, 'k')) == std::string::npos);
  CHECK(text.find("workers 2, seen 2 (threads named 'w...')") != std::string::npos);
  CHECK(text.find("9 of 10 right") != std::string::npos);
  CHECK(text.find("1.00 upstream connections a request, 3.00 requests upstream for each") !=
        std::string::npos);
  CHECK(text.find("first failure: HTTP 500") != std::string::npos);
}

TEST_CASE("a check's JSON leaves nothing out") {
  const auto json = check_json(two_requests());
  CHECK(json["requests"][1]["upstream_requests"] == 3);
  CHECK(json["requests"][1]["changes"][1]["text"].get<std::string>().size() == 400);
  CHECK(json["workers"]["seen"][0] == 2);
  CHECK(json["loads"][0]["connections_per_request"] == 1.0);
}
