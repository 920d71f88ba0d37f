// How messages begin and end: versions, lengths, chunks, and what is refused.

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/reference_proxy/support.hpp"

using namespace hopcost;
using namespace hopcost::test;

TEST_CASE("an HTTP/1.0 client gets a chunked reply without the chunks, then the end") {
  const Upstream upstream(answer_all([](const Message&) { return chunked_reply({"ab", "cd"}); }));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  CHECK(client->read_to_end() == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcd");
}

TEST_CASE("an HTTP/1.0 client that asks for it keeps its connection where the length is known") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK(reply->field("Connection") == "keep-alive");
    CHECK(reply->body == "GET / HTTP/1.1\r\n" + upstream.host_field() + "\r\n");
  }
  REQUIRE(client->send("GET / HTTP/1.0\r\n\r\n"));
  CHECK(client->read_to_end().find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("a client that says close is answered and closed") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send(get("/", "Connection: close\r\n")));
  const auto reply = client->read_message();
  REQUIRE(reply);
  CHECK(reply->field("Connection") == "close");
  CHECK(client->read_to_end().empty());
  CHECK(proxy.exchange(get("/")).status() == 200);
  CHECK(upstream.connections() == 1);
}

TEST_CASE("a request body in chunks goes on with its length") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const auto reply = proxy.exchange(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
  CHECK(reply.body ==
        "POST / HTTP/1.1\r\n" + upstream.host_field() + "Content-Length: 4\r\n\r\nabcd");
}

TEST_CASE("a client that waits for 100-continue is told to go on") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  CHECK(client->read_bytes(25) == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client->send("ok"));
  const auto reply = client->read_message();
  REQUIRE(reply);
  CHECK(reply->body ==
        "POST / HTTP/1.1\r\n" + upstream.host_field() + "Content-Length: 2\r\n\r\nok");
}

TEST_CASE("replies without a body end with their head") {
  const Upstream upstream(answer_all([](const Message& request) -> std::string {
    if (request.head.starts_with("HEAD")) return "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    if (request.head.starts_with("GET /204")) return "HTTP/1.1 204 No Content\r\n\r\n";
    return "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n";
  }));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto head = client->read_message(true);
    REQUIRE(head);
    CHECK(head->field("Content-Length") == "500");
    REQUIRE(client->send(get("/204")));
    CHECK(client->read_message().value().head == "HTTP/1.1 204 No Content\r\n\r\n");
    REQUIRE(client->send(get("/304")));
    CHECK(client->read_message().value().head ==
          "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
  }
  CHECK(upstream.connections() == 1);
}

TEST_CASE("a reply that ends where its connection does is passed on in chunks") {
  const Upstream upstream([](Peer& peer, int) {
    if (peer.read_message()) peer.send("HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nall of it");
  });
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client->send(get("/")));
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK(reply->field("Transfer-Encoding") == "chunked");
    CHECK(reply->body == "all of it");
  }
  CHECK(upstream.connections() == 2);
}

TEST_CASE("requests that make no sense are refused and never forwarded") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const std::vector<std::pair<std::string, int>> bad{
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\nX-Long: " + std::string(40000, 'x'), 431},
      {"GET / HTTP/1.1\r\n" +
           [] {
             std::string many;
             for (int i = 0; i < 9000; ++i) many += fmt::format("X-{}: y\r\n", i);
             return many;
           }(),
       431},
  };
  for (const auto& [request, status] : bad) {
    const auto client = proxy.client();
    client->send(request);
    const auto reply = client->read_message();
    INFO(request.substr(0, 60));
    REQUIRE(reply);
    CHECK(reply->status() == status);
    CHECK(nlohmann::json::parse(reply->body)["error"]["type"] == "invalid_request_error");
    CHECK(client->read_to_end().empty());
  }
  CHECK(upstream.connections() == 0);
}
