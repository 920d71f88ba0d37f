#include "web/live_server.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/http_client.hpp"
#include "tests/catch.hpp"
#include "web/page.hpp"

using namespace hopcost;

namespace {

web::LiveSource source_of(const std::atomic<int>& stamp, bool has_data = true) {
  return {[&stamp] { return std::to_string(stamp.load()); },
          [has_data]() -> Result<nlohmann::json> {
            if (!has_data) return fail(ErrorCode::not_valid, "nothing yet");
            return nlohmann::json{{"schema", "x"}};
          }};
}

HttpReply ask(const web::LiveServer& server, const std::string& target,
              const std::string& method = "GET", const std::string& host = "") {
  HttpExchange exchange;
  exchange.method = method;
  exchange.address = parse_api_base(server.url())->address;
  exchange.target = target;
  if (!host.empty()) exchange.headers.emplace_back("Host", host);
  const auto reply = http_exchange(exchange);
  REQUIRE(reply);
  return *reply;
}

std::string header(const HttpReply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("a live page is served with what there is, and may ask only where it came from") {
  std::atomic<int> stamp = 1;
  auto server = web::LiveServer::start({"127.0.0.1", 0}, source_of(stamp));
  REQUIRE(server);
  CHECK(ask(*server, "/stamp").body == "1");
  stamp = 2;
  CHECK(ask(*server, "/stamp").body == "2");
  const auto page = ask(*server, "/");
  if (!web::has_page()) {
    CHECK(page.status == 500);
    CHECK(page.body.find("HOPCOST_WEB") != std::string::npos);
    return;
  }
  CHECK(page.status == 200);
  CHECK(header(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(header(page, "Cache-Control") == "no-store");
  CHECK(page.body.find("default-src 'none'; connect-src 'self';") != std::string::npos);
  // The page that is written asks nobody.
  CHECK(web::page({{"schema", "x"}})->find("connect-src") == std::string::npos);
}

TEST_CASE("a live server is read-only, and answers nobody who came by another name") {
  const std::atomic<int> stamp = 1;
  auto server = web::LiveServer::start({"127.0.0.1", 0}, source_of(stamp));
  REQUIRE(server);
  const auto refused = ask(*server, "/", "POST");
  CHECK(refused.status == 405);
  CHECK(header(refused, "Allow") == "GET, HEAD");
  CHECK(ask(*server, "/run.json").status == 404);
  CHECK(ask(*server, "/../../etc/passwd").status == 404);
  CHECK(ask(*server, "/stamp", "GET", "evil.example:80").status == 403);
  CHECK(ask(*server, "/stamp", "GET", "localhost:1").status == 200);
  CHECK(ask(*server, "/stamp", "GET", "[::1]:1").status == 200);
}

TEST_CASE("before there is anything to show it says so, many may look at once") {
  const std::atomic<int> stamp = 0;
  auto server = web::LiveServer::start({"127.0.0.1", 0}, source_of(stamp, false));
  REQUIRE(server);
  const auto early = ask(*server, "/");
  CHECK(early.status == 503);
  CHECK(header(early, "Refresh") == "2");
  CHECK(early.body.find("nothing yet") != std::string::npos);
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> lookers;
    for (int i = 0; i < 8; ++i) {
      lookers.emplace_back([&] {
        HttpExchange exchange;
        exchange.address = parse_api_base(server->url())->address;
        exchange.target = "/stamp";
        const auto reply = http_exchange(exchange);
        if (reply && reply->body == "0") ++right;
      });
    }
  }
  CHECK(right == 8);
}

TEST_CASE("an address that is taken, or is none, is said") {
  const std::atomic<int> stamp = 0;
  auto first = web::LiveServer::start({"127.0.0.1", 0}, source_of(stamp));
  REQUIRE(first);
  const auto taken = parse_api_base(first->url())->address;
  const auto second = web::LiveServer::start(taken, source_of(stamp));
  REQUIRE_FALSE(second);
  CHECK(second.error().where == "--serve " + taken.to_string());
  CHECK_FALSE(web::LiveServer::start({"no.such.host.invalid", 1}, source_of(stamp)));
}
