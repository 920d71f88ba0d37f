// What a client of chat completions sees: shapes, lengths, usage, stamps, pacing.

#include <set>

#include <fmt/format.h>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
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

std::string text_of(std::uint32_t tokens) {
  std::string text;
  append_tokens(text, 0, tokens);
  return text;
}

json stamped_message(std::uint32_t id) {
  std::string content(RequestStamp::kSize, ' ');
  write_stamp(content.data(), RequestStamp{id, now_ns()});
  return {{{"role", "user"}, {"content", content + "hello"}}};
}

void check_usage(const json& usage, int prompt, int completion) {
  CHECK(usage.at("prompt_tokens") == prompt);
  CHECK(usage.at("completion_tokens") == completion);
  CHECK(usage.at("total_tokens") == prompt + completion);
  CHECK(usage.at("prompt_tokens_details").at("cached_tokens") == 0);
  CHECK(usage.at("completion_tokens_details").at("reasoning_tokens") == 0);
}

TEST_CASE("a unary reply has every key a strict client asks for") {
  const TestServer server;
  const auto reply = server.connect().exchange(chat(chat_body()));
  REQUIRE(reply.status == 200);
  CHECK(reply.headers.at("content-type") == "application/json");
  CHECK(reply.headers.contains("date"));
  CHECK(reply.headers.contains("x-request-id"));
  const auto body = reply.json();
  CHECK(body.at("id").get<std::string>().starts_with("chatcmpl-"));
  CHECK(body.at("object") == "chat.completion");
  CHECK(body.at("created").is_number_integer());
  CHECK(body.at("model") == "mock-model");
  REQUIRE(body.at("choices").size() == 1);
  const auto& choice = body.at("choices")[0];
  CHECK(choice.at("index") == 0);
  CHECK(choice.at("finish_reason") == "stop");
  CHECK(choice.at("logprobs").is_null());
  CHECK(choice.at("message").at("role") == "assistant");
  CHECK(choice.at("message").at("refusal").is_null());
  CHECK(choice.at("message").at("content") == text_of(64));
  check_usage(body.at("usage"), 3, 64);
}

TEST_CASE("a stream has every key in every chunk, in the right order") {
  const TestServer server;
  const bool with_usage = GENERATE(false, true);
  auto body = body_with({{"stream", true}, {"max_tokens", 5}});
  if (with_usage) body["stream_options"] = {{"include_usage", true}};
  const auto reply = server.connect().exchange(chat(body));
  REQUIRE(reply.status == 200);
  CHECK(reply.headers.at("content-type") == "text/event-stream");
  CHECK(reply.headers.at("transfer-encoding") == "chunked");
  auto chunks = reply.chunks();
  REQUIRE(chunks.size() == (with_usage ? 8U : 7U));
  for (const auto& chunk : chunks) {
    CHECK(chunk.at("id") == chunks[0].at("id"));
    CHECK(chunk.at("created") == chunks[0].at("created"));
    CHECK(chunk.at("object") == "chat.completion.chunk");
    CHECK(chunk.at("model") == "mock-model");
    CHECK(chunk.contains("usage") == with_usage);
  }
  if (with_usage) {
    const auto last = chunks.back();
    chunks.pop_back();
    CHECK(last.at("choices").empty());
    check_usage(last.at("usage"), 3, 5);
    for (const auto& chunk : chunks) CHECK(chunk.at("usage").is_null());
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    REQUIRE(chunks[i].at("choices").size() == 1);
    const auto& choice = chunks[i].at("choices")[0];
    CHECK(choice.at("index") == 0);
    CHECK(choice.at("logprobs").is_null());
    if (i == 0) {
      CHECK(choice.at("delta") == json{{"role", "assistant"}, {"content", ""}});
    } else if (i == 6) {
      CHECK(choice.at("delta") == json::object());
    } else {
      CHECK(choice.at("delta") == json{{"content", token_text(i - 1)}});
    }
    CHECK(choice.at("finish_reason") == (i == 6 ? json("length") : json(nullptr)));
  }
}

TEST_CASE("the answer's length follows the request and the finish reason says why it ended") {
  const TestServer server("output_tokens: 10");
  struct Case {
    json extra;
    std::uint32_t tokens;
    const char* reason;
  };
  const auto c =
      GENERATE(Case{json::object(), 10, "stop"}, Case{{{"max_tokens", 3}}, 3, "length"},
               Case{{{"max_tokens", 10}}, 10, "stop"}, Case{{{"max_tokens", 30}}, 10, "stop"},
               Case{{{"max_completion_tokens", 1}}, 1, "length"},
               Case{{{"max_tokens", 30}, {"ignore_eos", true}}, 30, "length"},
               Case{{{"max_tokens", 5000}, {"ignore_eos", true}}, 5000, "length"});
  auto client = server.connect();
  const auto unary = client.exchange(chat(body_with(c.extra))).json();
  CHECK(unary["choices"][0]["message"]["content"] == text_of(c.tokens));
  CHECK(unary["choices"][0]["finish_reason"] == c.reason);
  CHECK(unary["usage"]["completion_tokens"] == c.tokens);

  auto streamed = body_with(c.extra);
  streamed["stream"] = true;
  const auto chunks = client.exchange(chat(streamed)).chunks();
  REQUIRE(chunks.size() == c.tokens + 2);
  std::string text;
  for (const auto& chunk : chunks) text += chunk["choices"][0]["delta"].value("content", "");
  CHECK(text == text_of(c.tokens));
  CHECK(chunks.back()["choices"][0]["finish_reason"] == c.reason);
}

TEST_CASE("ids differ between requests, also over several workers") {
  const TestServer server;
  std::set<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    auto client = server.connect();
    for (int j = 0; j < 10; ++j) ids.insert(client.exchange(chat(chat_body())).json()["id"]);
  }
  CHECK(ids.size() == 40);
}

TEST_CASE("each model answers under its own name, and others are not found") {
  const std::vector<std::string> models{"a", "org/b \"quoted\""};
  const TestServer server(R"(models: [a, 'org/b "quoted"'])");
  auto client = server.connect();
  for (const auto& model : models) {
    CHECK(client.exchange(chat(body_with({{"model", model}}))).json()["model"] == model);
  }
  const auto reply = client.exchange(chat(body_with({{"model", "mock-model"}})));
  CHECK(reply.status == 404);
  const auto error = reply.json().at("error");
  CHECK(error.at("code") == "model_not_found");
  CHECK(error.at("param") == "model");
  CHECK(error.at("type") == "invalid_request_error");
  CHECK(error.at("message").is_string());
}

TEST_CASE("a refused request leaves the connection usable") {
  const TestServer server;
  auto client = server.connect();
  CHECK(client.exchange(request("POST", "/v1/chat/completions", "{nonsense")).status == 400);
  const auto reply = client.exchange(chat(body_with({{"max_tokens", 0}})));
  CHECK(reply.status == 400);
  CHECK(error_param(reply) == "max_tokens");
  CHECK(client.exchange(chat(chat_body())).status == 200);
  const auto requests = server.stats().at("requests");
  CHECK(requests.at("total") == 3);
  CHECK(requests.at("errors") == 2);
  CHECK(requests.at("ok") == 1);
  CHECK(requests.at("in_flight") == 0);
}

TEST_CASE("a stamped unary request gets a reply stamp before its text") {
  const Nanos ttft = GENERATE(Nanos{0}, kMillisecond);
  const TestServer server(ttft == 0 ? "ttft: 0" : "ttft: 1ms");
  auto client = server.connect();
  const Nanos before = now_ns();
  const auto body =
      client.exchange(chat(body_with({{"messages", stamped_message(12345)}, {"max_tokens", 2}})))
          .json();
  const Nanos after = now_ns();
  const std::string content = body["choices"][0]["message"]["content"];
  const auto stamp = read_reply_stamp(content);
  REQUIRE(stamp);
  CHECK(stamp->id == 12345);
  CHECK(before < stamp->received_ns);
  CHECK(stamp->received_ns + ttft <= stamp->sent_ns);
  CHECK(stamp->sent_ns < after);
  CHECK(content.substr(ReplyStamp::kSize) == text_of(2));
  CHECK(server.stats()["requests"]["stamped"] == 1);
}

TEST_CASE("a stamped stream counts its chunks and tells when each was sent") {
  const bool role_early = GENERATE(false, true);
  const Nanos itl = GENERATE(Nanos{0}, 100 * kMicrosecond);
  const TestServer server(
      fmt::format("{{role_early: {}, itl: {}}}", role_early, itl == 0 ? "0" : "100us"));
  auto client = server.connect();
  const auto chunks =
      client
          .exchange(chat(
              body_with({{"messages", stamped_message(7)}, {"stream", true}, {"max_tokens", 40}})))
          .chunks();
  REQUIRE(chunks.size() == 42);
  CHECK(chunks[0]["choices"][0]["delta"]["content"] == "");
  Nanos last = 0;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const std::string content = chunks[i + 1]["choices"][0]["delta"]["content"];
    Nanos sent = 0;
    if (i == 0) {
      const auto stamp = read_reply_stamp(content);
      REQUIRE(stamp);
      CHECK(stamp->id == 7);
      CHECK(stamp->received_ns <= stamp->sent_ns);
      CHECK(content.substr(ReplyStamp::kSize) == token_text(0));
      last = stamp->received_ns;
      sent = stamp->sent_ns;
    } else {
      const auto stamp = read_chunk_stamp(content);
      REQUIRE(stamp);
      CHECK(stamp->sequence == i);
      CHECK(content.substr(ChunkStamp::kSize) == token_text(i));
      sent = stamp->sent_ns;
    }
    CHECK(last <= sent);
    last = sent;
  }
}

TEST_CASE("no chunk of a paced stream is sent before its deadline, and lateness is counted") {
  constexpr Nanos kTtft = 3 * kMillisecond;
  constexpr Nanos kItl = 2 * kMillisecond;
  const TestServer server("{ttft: 3ms, itl: 2ms}");
  const auto chunks =
      server.connect()
          .exchange(chat(
              body_with({{"messages", stamped_message(1)}, {"stream", true}, {"max_tokens", 20}})))
          .chunks();
  const auto first =
      read_reply_stamp(chunks[1]["choices"][0]["delta"]["content"].get<std::string>());
  REQUIRE(first);
  CHECK(first->sent_ns >= first->received_ns + kTtft);
  for (std::uint32_t i = 1; i < 20; ++i) {
    const auto stamp =
        read_chunk_stamp(chunks[i + 1]["choices"][0]["delta"]["content"].get<std::string>());
    REQUIRE(stamp);
    CHECK(stamp->sent_ns >= first->received_ns + kTtft + i * kItl);
  }
  const auto stats = server.stats();
  CHECK(stats["lateness_ns"]["count"] == 20);
  CHECK(stats["chunks"] == 20);
}

TEST_CASE("with role early the role chunk does not wait for the first token") {
  // The first token will not come during this test.
  auto options = TestServer::options_of("{role_early: true, ttft: 3600s}");
  options.drain_time = 0;
  const TestServer server(options);
  auto client = server.connect();
  client.send(chat(body_with({{"stream", true}})));
  std::size_t wanted = 1;
  while (client.peek(wanted).find("\n\n") == std::string_view::npos) {
    wanted = client.peek(wanted).size() + 1;
  }
  CHECK(client.peek(0).find(R"({"role":"assistant","content":""})") != std::string_view::npos);
}

TEST_CASE("a reply that waits for its time is not mixed up with those that leave meanwhile") {
  // All replies are put together in one place; one waits and one is stuck while others use it.
  auto options = TestServer::options_of("{models: [{name: now}, {name: later, ttft: 50ms}]}");
  options.threads = 1;
  const TestServer server(options);
  const auto asking = [](const char* model, int tokens, bool stream = false) {
    return chat(body_with(
        {{"model", model}, {"max_tokens", tokens}, {"ignore_eos", true}, {"stream", stream}}));
  };
  auto stuck = server.connect();
  stuck.send(asking("now", 60'000, true));  // more than the sockets hold
  auto held = server.connect();
  auto others = server.connect();
  const auto all_answered = [&] { return server.stats()["requests"]["ok"].get<int>(); };
  int meanwhile = 0;
  while (meanwhile == 0) {  // on a slow machine the time to wait may be over before the first other
    const int before = all_answered();
    held.send(asking("later", 3));
    while (all_answered() <= before + meanwhile) {
      CHECK(others.exchange(asking("now", 5)).json()["usage"]["completion_tokens"] == 5);
      ++meanwhile;
    }
    const auto late = held.read_reply().json();
    CHECK(late["model"] == "later");
    CHECK(late["usage"]["completion_tokens"] == 3);
  }
  const auto chunks = stuck.read_reply().chunks();
  REQUIRE(chunks.size() == 60'002);
  CHECK(chunks[60'000]["choices"][0]["delta"]["content"] == std::string(token_text(59'999)));
}

TEST_CASE("a long stream to a client that does not read waits and is then complete") {
  const TestServer server;
  auto client = server.connect();
  client.send(chat(body_with({{"stream", true}, {"max_tokens", 60'000}, {"ignore_eos", true}})));
  // The socket's buffers hold far less than the 12 MB of this stream, so it cannot be done yet.
  CHECK(server.stats_when(
            [](const json& s) { return s["chunks"] > 100; })["requests"]["in_flight"] == 1);
  CHECK(client.read_reply().chunks().size() == 60'002);
  CHECK(server.stats()["requests"]["ok"] == 1);
}

}  // namespace
}  // namespace hopcost::mockserver
