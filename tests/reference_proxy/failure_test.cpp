// When one side fails, goes away or is slow.

#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/http_client.hpp"
#include "tests/catch.hpp"
#include "tests/reference_proxy/support.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

void check_bad_gateway(const Message& reply) {
  CHECK(reply.status() == 502);
  const auto error = nlohmann::json::parse(reply.body)["error"];
  CHECK_FALSE(error["message"].get<std::string>().empty());
  CHECK(error["type"] == "api_error");
  CHECK(error["code"] == "bad_gateway");
  CHECK(error["param"].is_null());
}

}  // namespace

TEST_CASE("a backend that does not listen gives 502, and the client's connection goes on") {
  const auto nobody = find_free_port("127.0.0.1").value();
  const Proxy proxy({nobody});
  const auto client = proxy.client();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client->send(post("/", "x")));
    const auto reply = client->read_message();
    REQUIRE(reply);
    check_bad_gateway(*reply);
  }
}

TEST_CASE("a backend that answers with something else than HTTP gives 502") {
  for (const std::string answer :
       {"", "H", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const Upstream upstream([&](Peer& peer, int) {
      if (peer.read_message()) peer.send(answer);
    });
    const Proxy proxy({upstream.port()});
    INFO(answer);
    check_bad_gateway(proxy.exchange(get("/")));
    CHECK(upstream.connections() == 1);  // a fresh connection is not tried twice
  }
}

TEST_CASE("a pooled connection that the backend has closed is replaced, unseen by the client") {
  const Upstream upstream([](Peer& peer, int) {
    if (const auto request = peer.read_message()) peer.send(ok_reply(request->body));
  });
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(client->send(post("/", fmt::format("body {}", i))));
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK(reply->status() == 200);
    CHECK(reply->body == fmt::format("body {}", i));
  }
  CHECK(upstream.connections() == 20);
}

TEST_CASE("the replacement of a pooled connection is not replaced again") {
  const Upstream upstream([](Peer& peer, int connection) {
    if (peer.read_message() && connection == 1) peer.send(ok_reply("first"));
  });
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send(get("/")));
  CHECK(client->read_message().value().body == "first");
  REQUIRE(client->send(get("/")));
  check_bad_gateway(client->read_message().value());
  CHECK(upstream.connections() == 2);
}

TEST_CASE("a backend that fails inside a reply closes the client's connection behind what came") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour", "four"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n", "4\r\nfour\r\n"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\nzz", "4\r\nfour\r\n"}};
  for (const auto& [answer, rest] : cases) {
    const Upstream upstream([&](Peer& peer, int) {
      if (peer.read_message()) peer.send(answer);
    });
    const Proxy proxy({upstream.port()});
    const auto client = proxy.client();
    REQUIRE(client->send(get("/")));
    const auto all = client->read_to_end();
    CHECK(all.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(all.ends_with("\r\n\r\n" + rest));
  }
}

TEST_CASE("delayed pieces are delivered before a failure behind them closes the connection") {
  const Upstream upstream([](Peer& peer, int) {
    if (!peer.read_message()) return;
    peer.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n");
  });
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send(get("/", "x-hopcost-add-chunk-delay: 20ms\r\n")));
  CHECK(client->read_to_end().ends_with("\r\n\r\n4\r\nfour\r\n"));
}

TEST_CASE("a client that leaves ends its request at the backend at once") {
  for (const bool inside_reply : {false, true}) {
    for (const bool by_reset : {false, true}) {
      Event requested;
      Event ended;
      const Upstream upstream([&](Peer& peer, int connection) {
        if (connection > 1)
          return answer_all([](const Message&) { return ok_reply("2"); })(peer, 2);
        if (!peer.read_message()) return;
        if (inside_reply) {
          peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
        }
        requested.set();
        if (peer.read_some().empty()) ended.set();
      });
      const Proxy proxy({upstream.port()});
      auto client = proxy.client();
      REQUIRE(client->send(get("/")));
      REQUIRE(requested.wait());
      if (inside_reply) CHECK(client->read_bytes(47).size() == 47);
      if (by_reset) client->reset();
      client.reset();
      CHECK(ended.wait());
      // That connection is not used again.
      CHECK(proxy.exchange(get("/")).body == "2");
      CHECK(upstream.connections() == 2);
    }
  }
}

TEST_CASE("a client that leaves while its request is delayed is not forwarded") {
  std::atomic<int> forwarded = 0;
  const Upstream upstream(answer_all([&](const Message& request) {
    if (request.head.starts_with("GET /left")) ++forwarded;
    return ok_reply("x");
  }));
  const Proxy proxy({upstream.port()});
  auto client = proxy.client();
  REQUIRE(client->send(get("/left", "x-hopcost-add-delay: 200ms\r\n")));
  proxy.settle();
  client.reset();
  proxy.settle();
  CHECK(proxy.exchange(get("/", "x-hopcost-add-delay: 300ms\r\n")).status() == 200);
  CHECK(forwarded == 0);
}

TEST_CASE("a slow client slows the backend instead of filling the memory") {
  constexpr std::size_t kBlock = 1U << 20U;
  constexpr std::size_t kBlocks = 64;
  Event blocked;
  const Upstream upstream([&](Peer& peer, int) {
    if (!peer.read_message()) return;
    peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kBlock * kBlocks));
    for (std::size_t i = 0; i < kBlocks; ++i) {
      if (!peer.can_send()) blocked.set();
      if (!peer.send(std::string(kBlock, static_cast<char>('0' + i)))) return;
    }
    blocked.set();  // too late: the check below finds everything sent
    peer.wait_for_end();
  });
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send(get("/")));
  REQUIRE(blocked.wait());
  CHECK(upstream.bytes_sent() < kBlock * kBlocks / 2);
  const auto reply = client->read_message();
  REQUIRE(reply);
  REQUIRE(reply->body.size() == kBlock * kBlocks);
  bool same = true;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    same = same && reply->body[i * kBlock] == static_cast<char>('0' + i) &&
           reply->body[(i + 1) * kBlock - 1] == static_cast<char>('0' + i);
  }
  CHECK(same);
}

TEST_CASE("stopping closes idle clients and lets the request under way finish") {
  Event requested;
  Event answer;
  const Upstream upstream([&](Peer& peer, int) {
    if (!peer.read_message()) return;
    requested.set();
    if (answer.wait()) peer.send(ok_reply("finished"));
    peer.wait_for_end();
  });
  Proxy proxy({upstream.port()}, {.drain_timeout = 20 * kSecond});
  const auto idle = proxy.client();
  const auto busy = proxy.client();
  REQUIRE(busy->send(get("/")));
  REQUIRE(requested.wait());
  std::thread stopper([&] { proxy.stop(); });
  CHECK(idle->read_to_end().empty());  // comes once the worker drains
  answer.set();
  const auto reply = busy->read_message();
  stopper.join();
  REQUIRE(reply);
  CHECK(reply->body == "finished");
  CHECK(reply->field("Connection") == "close");
  CHECK_THROWS(proxy.client());
}

TEST_CASE("stopping ends a request that never finishes once the drain time is over") {
  Event requested;
  const Upstream upstream([&](Peer& peer, int) {
    if (peer.read_message()) requested.set();
    peer.wait_for_end();
  });
  Proxy proxy({upstream.port()}, {.workers = 2, .drain_timeout = 10 * kMillisecond});
  const auto client = proxy.client();
  REQUIRE(client->send(get("/")));
  REQUIRE(requested.wait());
  proxy.stop();
  CHECK(client->read_to_end().empty());
}

TEST_CASE("a proxy that cannot start says why") {
  reference_proxy::Options options;
  options.listen.port = 0;
  CHECK(reference_proxy::ReferenceProxy(options).start().error().code == ErrorCode::usage);
  const Upstream upstream(answer_all([](const Message&) { return ok_reply("x"); }));
  options.backends.push_back({"127.0.0.1", upstream.port()});
  options.listen.port = upstream.port();
  const auto taken = reference_proxy::ReferenceProxy(options).start();
  REQUIRE_FALSE(taken);
  CHECK(taken.error().exit_code() == 69);
  CHECK(taken.error().to_string().find("in use") != std::string::npos);
}
