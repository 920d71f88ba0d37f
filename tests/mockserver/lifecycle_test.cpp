// Admin calls, clients that leave, and the server's end.

#include <atomic>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/mockserver/client.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

ServerOptions slow_options() {
  auto options = TestServer::options_of("ttft: 3600s");
  options.drain_time = 0;
  return options;
}

json stream_body() {
  auto body = chat_body();
  body["stream"] = true;
  return body;
}

TEST_CASE("stats have exactly the agreed shape") {
  const TestServer server;
  auto client = server.connect();
  CHECK(client.exchange(chat(chat_body())).status == 200);
  auto body = stream_body();
  body["max_tokens"] = 4;
  CHECK(client.exchange(chat(body)).status == 200);
  const auto stats = server.stats();
  const auto keys = [](const json& object) {
    std::string all;
    for (const auto& [key, value] : object.items()) all += key + " ";
    return all;
  };
  CHECK(keys(stats) ==
        "bytes_in bytes_out chunks connections disconnects faults first_token_ns gap_ns "
        "lateness_ns models refused requests version workers ");
  CHECK(keys(stats["connections"]) == "accepted open ");
  CHECK(keys(stats["requests"]) == "errors in_flight ok reused_connection stamped total ");
  CHECK(keys(stats["lateness_ns"]) == "count max mean p50 p90 p99 ");
  CHECK(keys(stats["gap_ns"]) == "achieved intended ");
  CHECK(keys(stats["gap_ns"]["achieved"]) == "count max mean p50 p90 p99 ");
  CHECK(keys(stats["first_token_ns"]) == "achieved intended ");
  REQUIRE(stats["workers"].size() == 2);
  CHECK(keys(stats["workers"][0]) == "chunks connections cpu_ns requests ");
  CHECK(stats["models"] == json{"mock-model"});
  CHECK(stats["connections"] == json{{"accepted", 2}, {"open", 2}});
  CHECK(stats["requests"]["total"] == 2);
  CHECK(stats["requests"]["ok"] == 2);
  CHECK(stats["chunks"] == 4);
  CHECK(stats["bytes_in"] > 200);
  CHECK(stats["bytes_out"] > 1000);
  CHECK(stats["workers"][0]["connections"] == 1);  // dealt in turn
  CHECK(stats["workers"][1]["connections"] == 1);
  CHECK(stats["workers"][0]["requests"] == 2);
  CHECK(stats["workers"][0]["cpu_ns"] > 0);
}

TEST_CASE("connections are dealt to the workers in turn") {
  const TestServer server;
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(server.connect());
  for (auto& client : clients) CHECK(client.exchange(chat(chat_body())).status == 200);
  const auto workers = server.stats()["workers"];
  CHECK(workers[0]["requests"] == 5);
  CHECK(workers[1]["requests"] == 5);
}

TEST_CASE("a reset zeroes what was counted but not what is open") {
  const TestServer server;
  auto client = server.connect();
  CHECK(client.exchange(chat(chat_body())).status == 200);
  CHECK(client.exchange(request("POST", "/__admin/reset")).status == 200);
  const auto stats = client.exchange(request("GET", "/__admin/stats")).json();
  CHECK(stats["requests"]["total"] == 0);
  CHECK(stats["connections"] == json{{"accepted", 0}, {"open", 1}});
  CHECK(stats["lateness_ns"]["count"] == 0);
}

TEST_CASE("metrics count the same requests for Prometheus") {
  const TestServer server;
  auto client = server.connect();
  CHECK(client.exchange(chat(chat_body())).status == 200);
  const auto reply = client.exchange(request("GET", "/metrics"));
  CHECK(reply.headers.at("content-type").starts_with("text/plain"));
  CHECK(reply.body.find("\nhopcost_mock_requests_total 1\n") != std::string::npos);
  CHECK(reply.body.find("\nhopcost_mock_replies_total{outcome=\"ok\"} 1\n") != std::string::npos);
  CHECK(reply.body.ends_with('\n'));
}

TEST_CASE("a changed scenario is in force on every worker once it was answered") {
  const TestServer server;
  auto first = server.connect();
  auto second = server.connect();
  for (int tokens = 1; tokens <= 20; ++tokens) {
    const auto changed =
        first.exchange(request("PUT", "/__admin/scenario", json{{"output_tokens", tokens}}.dump()));
    REQUIRE(changed.status == 200);
    CHECK(changed.json()["output_tokens"] == tokens);
    for (auto* client : {&first, &second}) {
      CHECK(client->exchange(chat(chat_body())).json()["usage"]["completion_tokens"] == tokens);
    }
  }
  const auto now = second.exchange(request("GET", "/__admin/scenario")).json();
  CHECK(now["output_tokens"] == 20);
  CHECK(now["itl"] == "0");
  CHECK(now["models"] == json{"mock-model"});
}

TEST_CASE("a bad scenario changes nothing and the error names its key") {
  const TestServer server;
  auto client = server.connect();
  const auto before = client.exchange(request("GET", "/__admin/scenario")).body;
  const auto reply =
      client.exchange(request("PUT", "/__admin/scenario", R"({"output_tokens":5,"ttft":"soon"})"));
  CHECK(reply.status == 400);
  CHECK(error_param(reply) == "ttft");
  CHECK(reply.json().at("error").at("message").get<std::string>().find("ttft") !=
        std::string::npos);
  CHECK(error_param(client.exchange(request("PUT", "/__admin/scenario", R"({"itll":"1ms"})"))) ==
        "itll");
  CHECK(client.exchange(request("PUT", "/__admin/scenario")).status == 400);
  CHECK(client.exchange(request("GET", "/__admin/scenario")).body == before);
}

TEST_CASE("a scenario changed during a stream leaves that stream as it began") {
  const auto options = TestServer::options_of("{itl: 1ms, output_tokens: 50}");
  const TestServer server(options);
  auto streaming = server.connect();
  streaming.send(chat(stream_body()));
  server.stats_when([](const json& s) { return s["chunks"] > 0; });
  server.connect().exchange(
      request("PUT", "/__admin/scenario", R"({"output_tokens":3,"itl":"0","role_early":true})"));
  CHECK(streaming.read_reply().chunks().size() == 52);
}

TEST_CASE("a client that leaves while its answer waits frees it at once and is counted") {
  const TestServer server(slow_options());
  const bool stream = GENERATE(false, true);
  {
    auto client = server.connect();
    client.send(chat(stream ? stream_body() : chat_body()));
    const auto waiting =
        server.stats_when([](const json& s) { return s["requests"]["in_flight"] == 1; });
    REQUIRE(waiting["requests"]["in_flight"] == 1);
    CHECK(waiting["disconnects"] == 0);
  }
  // The answer itself is due in an hour: only noticing the close can end it now.
  const auto after = server.stats_when([](const json& s) { return s["disconnects"] == 1; });
  CHECK(after["disconnects"] == 1);
  CHECK(after["requests"]["in_flight"] == 0);
  CHECK(after["requests"]["ok"] == 0);
}

TEST_CASE("a client that leaves in the middle of a stream is counted") {
  auto options = TestServer::options_of("{itl: 1ms, output_tokens: 1000000}");
  options.drain_time = 0;
  const TestServer server(options);
  {
    auto client = server.connect();
    client.send(chat(stream_body()));
    client.peek(2000);
  }
  const auto after = server.stats_when([](const json& s) { return s["disconnects"] == 1; });
  CHECK(after["disconnects"] == 1);
  CHECK(after["chunks"] > 0);
  CHECK(after["requests"]["in_flight"] == 0);
}

TEST_CASE("a client that stops reading and leaves is counted too") {
  ServerOptions options;
  options.drain_time = 0;
  const TestServer server(options);
  {
    auto client = server.connect();
    auto body = stream_body();
    body["max_tokens"] = 1'000'000;
    body["ignore_eos"] = true;
    client.send(chat(body));
    client.peek(2000);
  }
  CHECK(server.stats_when([](const json& s) { return s["disconnects"] == 1; })["disconnects"] == 1);
}

TEST_CASE("a client that closes between requests is not a disconnect") {
  const TestServer server;
  {
    auto client = server.connect();
    CHECK(client.exchange(chat(chat_body())).status == 200);
    client.send("POST /v1/chat/comp");
  }
  // One connection stays: the one that asks.
  const auto after = server.stats_when([](const json& s) { return s["connections"]["open"] == 1; });
  CHECK(after["disconnects"] == 0);
  CHECK(after["requests"]["ok"] == 1);
}

TEST_CASE("a client that half-closes still gets replies that need no waiting") {
  const TestServer server;
  auto client = server.connect();
  client.send(chat(chat_body()));
  client.half_close();
  CHECK(client.read_reply().status == 200);
  CHECK(client.at_end());
}

TEST_CASE("stop lets answers under way finish and closes idle connections") {
  const auto options = TestServer::options_of("{itl: 2ms, output_tokens: 30}");
  TestServer server(options);
  auto idle = server.connect();
  CHECK(idle.exchange(request("GET", "/health")).status == 200);
  auto streaming = server.connect();
  streaming.send(chat(stream_body()));
  auto holding = server.connect();
  holding.send(chat(chat_body()));
  server.stats_when([](const json& s) { return s["requests"]["in_flight"] == 2; });
  server.stop();
  CHECK(idle.at_end());
  CHECK(streaming.read_reply().chunks().size() == 32);
  CHECK(streaming.at_end());
  CHECK(holding.read_reply().status == 200);
  CHECK(holding.at_end());
  CHECK_THROWS(server.connect());
}

TEST_CASE("stop does not wait for answers longer than it was told to") {
  auto options = slow_options();
  options.drain_time = kMillisecond;
  TestServer server(options);
  auto client = server.connect();
  client.send(chat(chat_body()));
  server.stats_when([](const json& s) { return s["requests"]["in_flight"] == 1; });
  server.stop();
  CHECK(client.at_end());
}

TEST_CASE("stopping twice, or without having started, does no harm") {
  Server never(ServerOptions{});
  never.stop();
  TestServer server;
  server.stop();
  server.stop();
}

TEST_CASE("admin calls that race with each other all get an answer") {
  TestServer server;
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      auto client = server.connect();
      for (int i = 0; i < 25; ++i) {
        const auto body = json{{"output_tokens", 1 + t}}.dump();
        answered += client.exchange(request("PUT", "/__admin/scenario", body)).status == 200;
        answered += client.exchange(chat(chat_body())).status == 200;
        answered += client.exchange(request("GET", "/__admin/stats")).status == 200;
        answered += client.exchange(request("POST", "/__admin/reset")).status == 200;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(answered == 400);
}

TEST_CASE("a port in use is one clear error with exit code 69") {
  const TestServer first;
  ServerOptions options;
  options.listen.port = first.port();
  Server second(options);
  const auto started = second.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().exit_code() == 69);
  CHECK(started.error().to_string().find(std::to_string(first.port())) != std::string::npos);
}

TEST_CASE("a CPU this process may not use is refused before anything starts") {
  ServerOptions options;
  options.listen.port = 0;
  options.cpus = {100'000};
  Server server(options);
  const auto started = server.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().exit_code() == 64);
}

TEST_CASE("pinned workers answer") {
  ServerOptions options;
  options.cpus = {allowed_cpus().front()};
  options.threads = 3;
  const TestServer server(options);
  CHECK(server.connect().exchange(chat(chat_body())).status == 200);
  CHECK(server.stats()["workers"].size() == 3);
}

}  // namespace
}  // namespace hopcost::mockserver
