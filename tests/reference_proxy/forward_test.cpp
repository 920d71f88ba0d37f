// Requests and replies go through as they are.

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "common/process.hpp"
#include "tests/catch.hpp"
#include "tests/reference_proxy/support.hpp"

using namespace hopcost;
using namespace hopcost::test;

TEST_CASE("a request goes on with its method, path, fields and body, but the Host of the backend") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const std::string body("x\0\r\n\xff{}", 7);
  const auto reply =
      proxy.exchange(post("/any/path?q=%20", body,
                          "Authorization: Bearer k\r\nX-Empty:\r\nx-TWICE: 1\r\nx-twice: 2\r\n"));
  CHECK(reply.status() == 200);
  CHECK(reply.body == "POST /any/path?q=%20 HTTP/1.1\r\n" + upstream.host_field() +
                          "Authorization: Bearer k\r\nX-Empty: \r\nx-TWICE: 1\r\nx-twice: 2\r\n"
                          "Content-Length: 7\r\n\r\n" +
                          body);
  CHECK(proxy.exchange("PURGE * HTTP/1.1\r\nHost: a\r\n\r\n").body ==
        "PURGE * HTTP/1.1\r\n" + upstream.host_field() + "\r\n");
}

TEST_CASE("a reply comes back with its status, fields and body") {
  const std::string body = R"({"a":"b"})";
  const Upstream upstream(answer_all([&](const Message&) {
    return fmt::format(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
        "Content-Length: {}\r\nX-Request-Id: r-1\r\n\r\n{}",
        body.size(), body);
  }));
  const Proxy proxy({upstream.port()});
  const auto reply = proxy.exchange(get("/"));
  CHECK(reply.head ==
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
        "X-Request-Id: r-1\r\nContent-Length: 9\r\n\r\n");
  CHECK(reply.body == body);
}

TEST_CASE("a request split at every byte is answered once, and arrives whole") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const std::vector<std::string> requests{
      post("/p", "hello", "X-A: b\r\n"),
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
      "POST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"};
  for (const auto& request : requests) {
    const auto whole = proxy.exchange(request);
    const auto client = proxy.client();
    for (std::size_t split = 1; split < request.size(); ++split) {
      REQUIRE(client->send(std::string_view(request).substr(0, split)));
      proxy.settle();
      REQUIRE(client->send(std::string_view(request).substr(split)));
      const auto reply = client->read_message();
      REQUIRE(reply);
      CHECK(reply->body == whole.body);
    }
  }
}

TEST_CASE("a reply split at every byte reaches the client whole") {
  const Proxy* proxy_seen = nullptr;
  const std::vector<std::string> replies{
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      chunked_reply({"he", "llo"}),
      chunked_reply({}),
      "HTTP/1.1 100 Continue\r\n\r\n" + ok_reply("after"),
  };
  std::atomic<std::size_t> which = 0;
  std::atomic<std::size_t> split = 0;
  const Upstream upstream([&](Peer& peer, int) {
    while (peer.read_message()) {
      const std::string_view reply = replies[which];
      peer.send(reply.substr(0, split));
      proxy_seen->settle();
      peer.send(reply.substr(split));
    }
  });
  const Proxy proxy({upstream.port()});
  proxy_seen = &proxy;
  const std::vector<std::string> bodies{"hello", "hello", "", "after"};
  const auto client = proxy.client();
  for (std::size_t i = 0; i < replies.size(); ++i) {
    which = i;
    for (split = 1; split < replies[i].size(); ++split) {
      REQUIRE(client->send(get("/")));
      const auto reply = client->read_message();
      REQUIRE(reply);
      CHECK(reply->status() == 200);
      CHECK(reply->body == bodies[i]);
    }
  }
  CHECK(upstream.connections() == 1);
}

TEST_CASE("many requests of one client use one connection to the backend") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(client->send(post("/", fmt::format("request {}", i))));
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK(reply->body.ends_with(fmt::format("\r\n\r\nrequest {}", i)));
  }
  CHECK(upstream.connections() == 1);
}

TEST_CASE("the connection of a client that left serves the next client") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  for (int i = 0; i < 5; ++i) CHECK(proxy.exchange(get("/")).status() == 200);
  CHECK(upstream.connections() == 1);
}

TEST_CASE("pipelined requests are answered in order") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  std::string all;
  for (int i = 0; i < 200; ++i) all += post(fmt::format("/{}", i), std::string(100, 'x'));
  REQUIRE(client->send(all));
  for (int i = 0; i < 200; ++i) {
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK(reply->body.starts_with(fmt::format("POST /{} HTTP/1.1\r\n", i)));
  }
}

TEST_CASE("fields that belong to one connection go through in neither direction") {
  const Upstream upstream(answer_all([](const Message& request) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\n"
        "Proxy-Authenticate: x\r\nTrailer: y\r\nUpgrade: h2c\r\nX-End: 1\r\nContent-Length: "
        "{}\r\n\r\n{}",
        request.head.size(), request.head);
  }));
  const Proxy proxy({upstream.port()});
  const auto reply = proxy.exchange(
      get("/",
          "X-Hop: 1\r\nConnection: x-hop, Keep-Alive\r\nKeep-Alive: 1\r\nTE: trailers\r\n"
          "Proxy-Authorization: x\r\nTrailer: y\r\nUpgrade: h2c\r\nX-End: 1\r\n"
          "x-hopcost-buffer: false\r\n"));
  CHECK(reply.body == "GET / HTTP/1.1\r\n" + upstream.host_field() + "X-End: 1\r\n\r\n");
  CHECK(reply.head == fmt::format("HTTP/1.1 200 OK\r\nX-End: 1\r\nContent-Length: {}\r\n\r\n",
                                  reply.body.size()));
}

TEST_CASE("megabytes go through unchanged both ways") {
  const Upstream upstream(
      answer_all([](const Message& request) { return ok_reply(request.body); }));
  const Proxy proxy({upstream.port()});
  std::string body(3U << 20U, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>((i * i) >> 5U);
  const auto client = proxy.client();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client->send(post("/", body)));
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK((reply->body == body));
  }
}

TEST_CASE("several backends get one request after the other") {
  const Upstream one(answer_all([](const Message&) { return ok_reply("1"); }));
  const Upstream two(answer_all([](const Message&) { return ok_reply("2"); }));
  const Proxy proxy({one.port(), two.port()});
  const auto client = proxy.client();
  std::string order;
  for (int i = 0; i < 6; ++i) {
    REQUIRE(client->send(get("/")));
    order += client->read_message().value().body;
  }
  CHECK(order == "121212");
  CHECK(one.connections() == 1);
  CHECK(two.connections() == 1);
}

TEST_CASE("each worker is a thread with a name and its share of the connections") {
  const Upstream upstream(answer_all(echo));
  const Proxy proxy({upstream.port()}, {.workers = 3});
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(proxy.client());
    REQUIRE(clients.back()->send(get("/")));
    REQUIRE(clients.back()->read_message());
  }
  CHECK(upstream.connections() == 3);  // one pool a worker, and each worker has served
  const auto names = thread_names(getpid());
  for (const auto* name : {"ref-worker-0", "ref-worker-1", "ref-worker-2"}) {
    CHECK(std::ranges::count(names, name) == 1);
  }
}
