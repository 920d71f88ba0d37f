#include <atomic>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "loadgen/run.hpp"
#include "tests/catch.hpp"
#include "tests/support/peer.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using test::answer_all;
using test::Message;
using test::ok_reply;
using test::Peer;
using test::Upstream;

namespace {

const std::string kAnswer =
    R"({"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]})";
const std::string kEvents =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n"
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";

Options options_for(const Upstream& server, std::uint64_t requests) {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:" + std::to_string(server.port()))};
  options.max_requests = requests;
  options.warmup = 0;
  options.duration = 20 * kSecond;  // the number of requests ends the run
  return options;
}

RunResult load(const Options& options) {
  const auto result = run(options);
  REQUIRE(result);
  return *result;
}

std::uint64_t failures(const RunResult& result, Failure kind) {
  return result.counters.failures[static_cast<std::size_t>(kind)];
}

/// Serves the first request of each connection with `reply` in pieces of `size` bytes, then closes.
Upstream::Script once(const std::string& reply, std::size_t size) {
  return [reply, size](Peer& peer, int) {
    if (!peer.read_message()) return;
    for (std::size_t at = 0; at < reply.size(); at += size) peer.send(reply.substr(at, size));
  };
}

}  // namespace

TEST_CASE("a user who thinks longer than the server waits gets a new connection and no failure") {
  Upstream server(once(ok_reply(kAnswer), 1'000));  // closes after its reply
  auto options = options_for(server, 2);
  options.think_time = *ThinkTime::parse("600ms");
  const auto result = load(options);
  CHECK(result.counters.ok == 2);
  CHECK(result.counters.failed() == 0);
  CHECK(result.counters.connections == 2);
}

TEST_CASE("what a server states of its time is read from each reply that states it") {
  int replies = 0;
  Upstream server(answer_all([&](const Message&) {
    const std::string stated = ++replies == 2 ? "" : "X-Own-Us: 1500\r\n";
    return "HTTP/1.1 200 OK\r\n" + stated + "Content-Length: " + std::to_string(kAnswer.size()) +
           "\r\n\r\n" + kAnswer;
  }));
  auto options = options_for(server, 3);
  options.server_time = *parse_server_time_header("x-own-us");
  const auto result = load(options);
  CHECK(result.counters.ok == 3);
  CHECK(result.metrics[Metric::server_time].count() == 2);
  CHECK(result.metrics[Metric::server_time].max() == 1'500'000);
  options.server_time = {};
  CHECK(load(options).metrics[Metric::server_time].count() == 0);
}

TEST_CASE("an error that is no UTF-8 does not cost the results") {
  const std::string body = "caf\xe9 \xff";
  Upstream server(answer_all([&](const Message&) {
    return "HTTP/1.1 500 Oops\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }));
  const auto result = load(options_for(server, 3));
  CHECK(failures(result, Failure::http_status) == 3);
  const auto json = to_json(result).dump();  // throws where a text is no UTF-8
  CHECK(json.find("HTTP 500: caf\xef\xbf\xbd") != std::string::npos);
}

TEST_CASE("one keep-alive connection carries all requests of a user") {
  Upstream server(answer_all([](const Message&) { return ok_reply(kAnswer); }));
  const auto result = load(options_for(server, 25));
  CHECK(result.counters.ok == 25);
  CHECK(result.counters.connections == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE("a request larger than the sockets hold arrives whole") {
  std::atomic<std::size_t> received = 0;
  Upstream server(answer_all([&](const Message& request) {
    received = request.body.size();
    return ok_reply(kAnswer);
  }));
  auto options = options_for(server, 1);
  options.prompt_tokens = TokenLength(2'000'000);
  const auto result = load(options);
  CHECK(result.counters.ok == 1);
  CHECK(received > 4'000'000);
}

TEST_CASE("what comes behind a reply is not taken for the next") {
  Upstream server([](Peer& peer, int) {
    while (peer.read_message()) peer.send(ok_reply(kAnswer) + ok_reply("{}"));
  });
  const auto result = load(options_for(server, 3));
  CHECK(result.counters.ok == 3);
  CHECK(result.counters.connections >= 3);
}

TEST_CASE("a server that closes after each reply costs a connection each, not an error") {
  const std::string reply =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
      "Content-Length: " +
      std::to_string(kAnswer.size()) + "\r\n\r\n" + kAnswer;
  Upstream server(once(reply, reply.size()));
  const auto result = load(options_for(server, 5));
  CHECK(result.counters.ok == 5);
  CHECK(result.counters.connections >= 5);
}

TEST_CASE("a reply that comes byte by byte is one reply") {
  const std::string unary =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
      "Content-Length: " +
      std::to_string(kAnswer.size()) + "\r\n\r\n" + kAnswer;
  Upstream server(once(unary, 1));
  CHECK(load(options_for(server, 2)).counters.ok == 2);

  const std::string stream = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" +
                             kEvents;  // ends with the connection
  Upstream streaming(once(stream, 1));
  auto options = options_for(streaming, 2);
  options.stream = true;
  const auto result = load(options);
  CHECK(result.counters.ok == 2);
  CHECK(result.counters.chunks == 4);
}

TEST_CASE("every way a reply can go wrong has its own class") {
  const auto failed = [](const std::string& reply, Failure kind) {
    Upstream server(once(reply, 4096));
    const auto result = load(options_for(server, 3));
    INFO(reply);
    CHECK(failures(result, kind) == 3);
    CHECK(result.counters.ok == 0);
    CHECK_FALSE(result.failure_samples[static_cast<std::size_t>(kind)].empty());
  };
  failed("", Failure::closed);
  failed("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"cho",
         Failure::truncated);
  failed("HTTP/1.1 200 OK\r\nContent-Ty", Failure::truncated);
  failed("garbage\r\n\r\n", Failure::truncated);
  failed("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy",
         Failure::http_status);
  failed(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
      "2\r\n\r\n{}",
      Failure::invalid_reply);
  failed(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: "
      "close\r\nContent-Length: " +
          std::to_string(kEvents.size()) + "\r\n\r\n" + kEvents,
      Failure::invalid_reply);  // a stream nobody asked for
}

TEST_CASE("a server that never answers is a time-out, told from a broken reply") {
  Upstream server([](Peer& peer, int) {
    static_cast<void>(peer.read_message());
    peer.wait_for_end();
  });
  auto options = options_for(server, 1);
  options.timeouts.total = 50 * kMillisecond;
  const auto result = load(options);
  CHECK(failures(result, Failure::timeout) == 1);
}

TEST_CASE("an interim answer is passed over") {
  Upstream server(answer_all([](const Message&) {
    return "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok_reply(kAnswer);
  }));
  CHECK(load(options_for(server, 3)).counters.ok == 3);
}

TEST_CASE("a stop request ends the run and says that it was cut short") {
  Upstream server(answer_all([](const Message&) { return ok_reply(kAnswer); }));
  auto options = options_for(server, 0);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (server.connections() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const auto result = run(options, stop.get_token());
  REQUIRE(result);
  CHECK(result->cut_short);
}

TEST_CASE("threads share connections, requests and one window") {
  Upstream server(answer_all([](const Message&) { return ok_reply(kAnswer); }));
  auto options = options_for(server, 31);
  options.concurrency = 5;
  options.threads = 2;
  const auto result = load(options);
  CHECK(result.counters.ok == 31);
  CHECK(result.counters.connections == 5);
}
