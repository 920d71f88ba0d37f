// What all workers of a server share: the queue, the engine, the cache, budgets, keys, limits.

#include <cstdlib>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/mockserver/client.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

json body_with(const json& extra) {
  json body = chat_body();
  body.update(extra);
  return body;
}

/// The value of a sample of /metrics, by its name and the model's label.
double metric(const TestServer& server, const std::string& name) {
  const auto text = server.connect().exchange(request("GET", "/metrics")).body;
  auto at = text.find("\n" + name + "{");
  REQUIRE(at != std::string::npos);
  at = text.find("} ", at);
  return std::stod(text.substr(at + 2));
}

/// Returns once `count` requests are under way.
void wait_for_in_flight(const TestServer& server, int count) {
  const auto stats =
      server.stats_when([&](const json& now) { return now["requests"]["in_flight"] == count; });
  REQUIRE(stats["requests"]["in_flight"] == count);
}

TEST_CASE("beyond max_running requests wait their turn, and beyond max_waiting they are refused") {
  const TestServer server("{load: {max_running: 1, max_waiting: 1}, ttft: 3600s}");
  auto running = server.connect();
  running.send(chat(chat_body()));
  wait_for_in_flight(server, 1);
  auto waiting = server.connect();
  waiting.send(chat(chat_body()));
  wait_for_in_flight(server, 2);
  CHECK(metric(server, "vllm:num_requests_running") == 1);
  CHECK(metric(server, "vllm:num_requests_waiting") == 1);

  const auto refused = server.connect().exchange(chat(chat_body()));
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(refused.json()["error"]["code"] == "overloaded");

  SECTION("a client that leaves while it waits gives its place back") {
    {
      const Client gone = std::move(waiting);
    }
    wait_for_in_flight(server, 1);
    CHECK(metric(server, "vllm:num_requests_waiting") == 0);
  }
  SECTION("when the one that runs has ended the next has its turn") {
    {
      const Client gone = std::move(running);
    }
    wait_for_in_flight(server, 1);
    CHECK(metric(server, "vllm:num_requests_running") == 1);
    CHECK(metric(server, "vllm:num_requests_waiting") == 0);
  }
}

TEST_CASE("those who wait are answered, every one") {
  const TestServer server("{load: {max_running: 2, max_waiting: 100}, ttft: 1ms}");
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(server.connect());
    clients.back().send(chat(chat_body()));
  }
  for (auto& client : clients) CHECK(client.read_reply().status == 200);
  CHECK(server.stats()["requests"]["in_flight"] == 0);
}

TEST_CASE("the step engine gives every token, streamed or not, and forgets who left") {
  const TestServer server(
      "{load: {max_running: 4, step: {base: 1ms, per_sequence: 10us, per_prefill_token: 1us}}}");
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.connect());
    clients.back().send(chat(body_with({{"stream", i % 2 == 0}, {"max_tokens", 5 + i}})));
  }
  auto left = server.connect();
  left.send(chat(body_with({{"max_tokens", 1'000'000}, {"ignore_eos", true}})));
  for (int i = 0; i < 8; ++i) {
    const auto reply = clients[static_cast<std::size_t>(i)].read_reply();
    REQUIRE(reply.status == 200);
    if (i % 2 == 0) {
      CHECK(reply.chunks().size() == static_cast<std::size_t>(i) + 7);
    } else {
      CHECK(reply.json()["usage"]["completion_tokens"] == 5 + i);
    }
  }
  wait_for_in_flight(server, 1);
  {
    const Client gone = std::move(left);
  }
  wait_for_in_flight(server, 0);
  CHECK(metric(server, "vllm:num_requests_running") == 0);
  CHECK(server.stats()["lateness_ns"]["count"] > 0);
}

TEST_CASE("a prompt seen before is cached, its usage says so, and it costs less time") {
  const TestServer server("{prefix_cache: {blocks: 100, block_tokens: 4}, prefill_per_token: 1ms}");
  auto client = server.connect();
  std::string prompt;
  for (int i = 0; i < 41; ++i) prompt += " word";
  const auto body = body_with({{"messages", {{{"role", "user"}, {"content", prompt}}}}});
  const auto cold = client.exchange(chat(body));
  const auto warm = client.exchange(chat(body));
  CHECK(cold.json()["usage"]["prompt_tokens_details"]["cached_tokens"] == 0);
  CHECK(warm.json()["usage"]["prompt_tokens_details"]["cached_tokens"] == 40);
  CHECK(cold.headers.at("openai-processing-ms") == "41");
  CHECK(warm.headers.at("openai-processing-ms") == "1");
}

TEST_CASE("budgets are told, used up, refused, and what was not used comes back") {
  const TestServer server("{limits: {requests_per_minute: 2, tokens_per_minute: 1000}}");
  auto client = server.connect();
  const auto first = client.exchange(chat(body_with({{"max_tokens", 10}})));
  CHECK(first.status == 200);
  CHECK(first.headers.at("x-ratelimit-limit-requests") == "2");
  CHECK(first.headers.at("x-ratelimit-remaining-requests") == "1");
  CHECK(first.headers.at("x-ratelimit-remaining-tokens") == "987");
  CHECK(client.exchange(chat(chat_body())).status == 200);
  const auto refused = client.exchange(chat(chat_body()));
  CHECK(refused.status == 429);
  CHECK(refused.headers.contains("retry-after"));
  CHECK(refused.headers.contains("retry-after-ms"));
  CHECK(refused.json()["error"]["code"] == "rate_limit_exceeded");
  // Another key has a budget of its own.
  CHECK(client
            .exchange(request("POST", "/v1/chat/completions", chat_body().dump(),
                              "Authorization: Bearer other\r\n"))
            .status == 200);
}

TEST_CASE("keys are asked for where the scenario names their variable, and never shown") {
  constexpr const char* kName = "HOPCOST_TEST_SERVICE_KEYS";
  ::setenv(kName, "first-secret,second-secret", 1);
  const TestServer server(fmt::format("api_keys_env: {}", kName));
  ::unsetenv(kName);
  auto client = server.connect();
  const auto without = client.exchange(chat(chat_body()));
  CHECK(without.status == 401);
  CHECK(without.json()["error"]["code"] == "invalid_api_key");
  for (const auto* line :
       {"Authorization: Bearer second-secret\r\n", "x-api-key: first-secret\r\n"}) {
    CHECK(
        client.exchange(request("POST", "/v1/chat/completions", chat_body().dump(), line)).status ==
        200);
  }
  const auto wrong = client.exchange(request("POST", "/v1/chat/completions", chat_body().dump(),
                                             "Authorization: Bearer third-secret\r\n"));
  CHECK(wrong.status == 401);
  CHECK(wrong.body.find("third") == std::string::npos);
  for (const auto* path : {"/__admin/stats", "/__admin/scenario", "/metrics"}) {
    CHECK(client.exchange(request("GET", path)).body.find("secret") == std::string::npos);
  }
}

TEST_CASE("one connection too many is told so and closed") {
  const TestServer server("max_connections: 2");
  auto first = server.connect();
  CHECK(first.exchange(chat(chat_body())).status == 200);
  auto second = server.connect();
  CHECK(second.exchange(chat(chat_body())).status == 200);
  auto third = server.connect();
  CHECK(third.read_reply().status == 503);
  CHECK(third.at_end());
  CHECK(first.exchange(chat(chat_body())).status == 200);
}

TEST_CASE("half a head and half a body are waited for only so long") {
  const TestServer server("request_timeout: 50ms");
  const auto whole = chat(chat_body());
  for (const std::size_t sent : {std::size_t{1}, std::size_t{30}, whole.size() - 3}) {
    auto client = server.connect();
    client.send(whole.substr(0, sent));
    const auto reply = client.read_reply();
    CHECK(reply.status == 408);
    CHECK(client.at_end());
  }
  CHECK(server.stats()["refused"]["timeouts"] == 3);
  auto idle = server.connect();  // between requests there is no hurry
  CHECK(idle.exchange(chat(chat_body())).status == 200);
}

TEST_CASE("a profile's crash resets who is there, and later all is well again") {
  const TestServer server("{ttft: 3600s}");
  auto client = server.connect();
  client.send(chat(chat_body()));
  wait_for_in_flight(server, 1);
  server.connect().send(request(
      "PUT", "/__admin/scenario",
      R"({"ttft": "0", "profile": {"phases": [{"at": "1ms", "kind": "crash", "for": "20ms"}]}})"));
  CHECK(client.read_to_end().reset);
  // While it is down a connection is reset; the first that is not finds everything as it was.
  for (bool answered = false; !answered;) {
    try {
      answered = server.connect().exchange(chat(chat_body())).status == 200;
    } catch (const std::runtime_error&) {
      answered = false;
    }
  }
  CHECK(server.stats()["requests"]["in_flight"] == 0);
}

TEST_CASE("a change switches services on and off while requests go on") {
  const TestServer server;
  auto admin = server.connect();
  auto client = server.connect();
  const auto put = [&](const char* text) {
    return admin.exchange(request("PUT", "/__admin/scenario", text)).status;
  };
  CHECK(put(R"({"faults": [{"fault": "error", "status": 418}]})") == 200);
  CHECK(client.exchange(chat(chat_body())).status == 418);
  CHECK(put(R"({"faults": [], "limits": {"requests_per_minute": 1}})") == 200);
  CHECK(client.exchange(chat(chat_body())).status == 200);
  CHECK(client.exchange(chat(chat_body())).status == 429);
  CHECK(put(R"({"limits": null, "mode": "echo"})") == 200);
  CHECK(client.exchange(chat(chat_body())).json()["choices"][0]["message"]["content"] ==
        "hello big world");
  const auto now = admin.exchange(request("GET", "/__admin/scenario")).body;
  CHECK(put(now.c_str()) == 200);
  CHECK(admin.exchange(request("GET", "/__admin/scenario")).body == now);
}

TEST_CASE("no request can ask for more than there is memory for") {
  const TestServer server;
  auto client = server.connect();
  const auto param = [&](const char* path, const json& body) {
    const auto reply = client.exchange(request("POST", path, body.dump()));
    return reply.status == 400 ? error_param(reply) : std::to_string(reply.status);
  };
  const auto chat_with = [](const json& extra) { return body_with(extra); };
  CHECK(param("/v1/chat/completions", chat_with({{"n", 5'000'000}})) == "n");
  CHECK(param("/v1/chat/completions", chat_with({{"max_tokens", 5'000'000}})) == "max_tokens");
  CHECK(param("/v1/chat/completions", chat_with({{"logprobs", true}, {"top_logprobs", 1000}})) ==
        "top_logprobs");
  CHECK(param("/v1/chat/completions",
              chat_with({{"n", 128}, {"max_tokens", 1'000'000}, {"ignore_eos", true}})) != "200");
  CHECK(param("/v1/completions", {{"model", "mock-model"}, {"prompt", "x"}, {"n", 5'000'000}}) ==
        "n");
  CHECK(param("/v1/completions", {{"model", "mock-model"}, {"prompt", "x"}, {"logprobs", 1000}}) ==
        "logprobs");
  CHECK(param("/v1/embeddings",
              {{"model", "mock-model"}, {"input", "x"}, {"dimensions", 5'000'000}}) ==
        "dimensions");
  CHECK(param("/v1/responses",
              {{"model", "mock-model"}, {"input", "x"}, {"max_output_tokens", 5'000'000}}) ==
        "max_output_tokens");
}

}  // namespace
}  // namespace hopcost::mockserver
