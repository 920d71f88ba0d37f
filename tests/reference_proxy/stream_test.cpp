// Streams, and the costs that are added and clocked.

#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/clock.hpp"
#include "tests/catch.hpp"
#include "tests/reference_proxy/support.hpp"

using namespace hopcost;
using namespace hopcost::test;
using nlohmann::json;

namespace {

const std::string kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

json truth_of(const Proxy& proxy) {
  return json::parse(proxy.exchange(get("/__reference/truth")).body);
}

}  // namespace

TEST_CASE("each piece of a stream reaches the client before the next one exists") {
  Event seen[3];
  const Upstream upstream([&](Peer& peer, int) {
    if (!peer.read_message()) return;
    peer.send(kStreamHead + chunk("data: 0\n\n"));
    for (int i = 0; i < 3; ++i) {
      if (!seen[i].wait()) return;
      peer.send(chunk(fmt::format("data: {}\n\n", i + 1)));
    }
    peer.send("0\r\n\r\n");
    peer.wait_for_end();
  });
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  REQUIRE(client->send(get("/")));
  CHECK(client->read_bytes(kStreamHead.size()) == kStreamHead);
  for (int i = 0; i < 4; ++i) {
    const auto expected = chunk(fmt::format("data: {}\n\n", i));
    CHECK(client->read_bytes(expected.size()) == expected);
    if (i < 3) seen[i].set();
  }
  CHECK(client->read_bytes(5) == "0\r\n\r\n");
}

TEST_CASE("what one read brings leaves in one write, the head too") {
  const Upstream upstream(answer_all(
      [](const Message&) { return kStreamHead + chunk("a") + chunk("b") + "0\r\n\r\n"; }));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (int i = 0; i < 50; ++i) {
    REQUIRE(client->send(get("/")));
    CHECK(client->read_some() == kStreamHead + chunk("ab") + "0\r\n\r\n");
  }
}

TEST_CASE("delayed pieces keep their order, and the delay is latency: reading goes on") {
  constexpr int kPieces = 20;
  constexpr Nanos kDelay = 50 * kMillisecond;
  const Proxy* proxy_seen = nullptr;
  const Upstream upstream([&](Peer& peer, int) {
    while (peer.read_message()) {
      peer.send(kStreamHead);
      for (int i = 0; i < kPieces; ++i) {
        peer.send(chunk(fmt::format("data: {}\n\n", i)));
        proxy_seen->settle();  // the proxy has read this piece alone
      }
      peer.send("0\r\n\r\n");
    }
  });
  const Proxy proxy({upstream.port()});
  proxy_seen = &proxy;
  const auto client = proxy.client();
  REQUIRE(client->send(get("/", "x-hopcost-add-chunk-delay: 50ms\r\n")));
  const auto reply = client->read_message();
  REQUIRE(reply);
  REQUIRE(reply->chunks.size() == kPieces);
  for (int i = 0; i < kPieces; ++i) {
    CHECK(reply->chunks[static_cast<std::size_t>(i)] == fmt::format("data: {}\n\n", i));
  }
  const auto list = truth_of(proxy)["add_chunk_delay"];
  REQUIRE(list.size() == 1);
  CHECK(list[0]["asked_ns"] == kDelay);
  CHECK(list[0]["count"] == kPieces);
  // Were one delay served after the other, the median would be about ten times what was asked.
  CHECK(list[0]["p50_ns"].get<double>() > 0.5 * kDelay);
  CHECK(list[0]["p50_ns"].get<double>() < 4.0 * kDelay);
}

TEST_CASE("only streamed bodies are delayed piece by piece") {
  const Upstream upstream(answer_all([](const Message&) { return ok_reply("plain"); }));
  const Proxy proxy({upstream.port()});
  CHECK(proxy.exchange(get("/", "x-hopcost-add-chunk-delay: 1ms\r\n")).body == "plain");
  CHECK(truth_of(proxy)["add_chunk_delay"].empty());
}

TEST_CASE("a buffered stream comes at its end, in one piece") {
  Event go_on;
  Event first_read;
  const Proxy* proxy_seen = nullptr;
  const Upstream upstream([&](Peer& peer, int) {
    if (!peer.read_message()) return;
    peer.send(kStreamHead + chunk("data: 0\n\n"));
    proxy_seen->settle();
    first_read.set();
    if (!go_on.wait()) return;
    peer.send(chunk("data: 1\n\n") + "0\r\n\r\n");
    peer.wait_for_end();
  });
  const Proxy proxy({upstream.port()});
  proxy_seen = &proxy;
  const auto client = proxy.client();
  REQUIRE(client->send(get("/", "x-hopcost-buffer: true\r\n")));
  REQUIRE(first_read.wait());
  CHECK(client->read_some() == kStreamHead);
  go_on.set();
  CHECK(client->read_some() == chunk("data: 0\n\ndata: 1\n\n") + "0\r\n\r\n");
}

TEST_CASE("a delayed request arrives later than was asked, and its truth is counted") {
  std::atomic<Nanos> arrived = 0;
  const Upstream upstream(answer_all([&](const Message&) {
    arrived = now_ns();
    return ok_reply("x");
  }));
  const Proxy proxy({upstream.port()}, {.workers = 2});
  const auto run = [&](const std::string& asked, Nanos ns, int times) {
    for (int i = 0; i < times; ++i) {
      const Nanos sent = now_ns();
      REQUIRE(proxy.exchange(post("/", "b", "x-hopcost-add-delay: " + asked + "\r\n")).status() ==
              200);
      CHECK(arrived - sent >= ns);
    }
  };
  run("3ms", 3 * kMillisecond, 5);
  run("100us", 100 * kMicrosecond, 4);
  run("0", 0, 3);
  const auto list = truth_of(proxy)["add_delay"];
  REQUIRE(list.size() == 2);
  CHECK(list[0]["asked_ns"] == 100 * kMicrosecond);
  CHECK(list[0]["count"] == 4);
  CHECK(list[1]["asked_ns"] == 3 * kMillisecond);
  CHECK(list[1]["count"] == 5);
  CHECK(list[1]["p50_ns"].get<double>() > 1.5 * kMillisecond);
  CHECK(list[1]["max_ns"].get<double>() >= list[1]["p50_ns"].get<double>());
  CHECK(proxy.exchange("POST /__reference/reset HTTP/1.1\r\n\r\n").status() == 200);
  CHECK(truth_of(proxy) == json::parse(R"({"add_delay":[],"add_chunk_delay":[],"burn_cpu":[]})"));
}

TEST_CASE("CPU is burnt before forwarding, and what was truly used is counted") {
  const Upstream upstream(answer_all([](const Message&) { return ok_reply("x"); }));
  const Proxy proxy({upstream.port()});
  for (int i = 0; i < 3; ++i) {
    CHECK(proxy.exchange(get("/", "x-hopcost-burn-cpu: 2ms\r\n")).status() == 200);
  }
  const auto list = truth_of(proxy)["burn_cpu"];
  REQUIRE(list.size() == 1);
  CHECK(list[0]["asked_ns"] == 2 * kMillisecond);
  CHECK(list[0]["count"] == 3);
  CHECK(list[0]["p50_ns"].get<double>() >= 2.0 * kMillisecond);
}

TEST_CASE("defaults hold for every request, and a header overrides them for one") {
  const Upstream upstream(
      answer_all([](const Message&) { return kStreamHead + chunk("data: 0\n\n") + "0\r\n\r\n"; }));
  reference_proxy::Options options;
  options.defaults = {1 * kMillisecond, 2 * kMillisecond, 100 * kMicrosecond, false};
  const Proxy proxy({upstream.port()}, options);
  const auto client = proxy.client();
  for (const auto* fields : {"", "x-hopcost-add-delay: 0\r\nx-hopcost-burn-cpu: 0\r\n",
                             "x-hopcost-add-chunk-delay: 1us\r\n", ""}) {
    REQUIRE(client->send(get("/", fields)));
    CHECK(client->read_message().value().body == "data: 0\n\n");
  }
  const auto all = truth_of(proxy);
  CHECK(all["add_delay"].size() == 1);
  CHECK(all["add_delay"][0]["count"] == 3);
  CHECK(all["burn_cpu"][0]["count"] == 3);
  REQUIRE(all["add_chunk_delay"].size() == 2);
  CHECK(all["add_chunk_delay"][0]["asked_ns"] == 1000);
  CHECK(all["add_chunk_delay"][0]["count"] == 1);
  CHECK(all["add_chunk_delay"][1]["count"] == 3);
}

TEST_CASE("a bad header of ours is refused by name, and the connection goes on") {
  std::atomic<int> forwarded = 0;
  const Upstream upstream(answer_all([&](const Message&) {
    ++forwarded;
    return ok_reply("x");
  }));
  const Proxy proxy({upstream.port()});
  const auto client = proxy.client();
  for (const auto* name : {"x-hopcost-add-delay", "x-hopcost-add-chunk-delay", "x-hopcost-burn-cpu",
                           "x-hopcost-buffer"}) {
    REQUIRE(client->send(post("/", "body", fmt::format("{}: 5 parsecs\r\n", name))));
    const auto reply = client->read_message();
    REQUIRE(reply);
    CHECK(reply->status() == 400);
    const auto error = json::parse(reply->body)["error"];
    CHECK(error["param"] == name);
    CHECK(error["message"].get<std::string>().find(name) != std::string::npos);
    CHECK(error["type"] == "invalid_request_error");
  }
  CHECK(forwarded == 0);
  REQUIRE(client->send(get("/")));
  CHECK(client->read_message().value().status() == 200);
}

TEST_CASE("the proxy's own paths are answered here and never forwarded") {
  const Upstream upstream(answer_all([](const Message&) { return ok_reply("x"); }));
  const Proxy proxy({upstream.port()}, {.workers = 2});
  CHECK(json::parse(proxy.exchange(get("/__reference/health")).body) == json{{"status", "ok"}});
  CHECK(proxy.exchange(get("/__reference/truth?x=1")).status() == 200);
  CHECK(proxy.exchange(get("/__reference/reset")).status() == 405);
  CHECK(proxy.exchange(post("/__reference/truth", "x")).status() == 405);
  CHECK(proxy.exchange(get("/__reference/other")).status() == 404);
  CHECK(upstream.connections() == 0);
}
