// HTTP as clients and their mistakes speak it.

#include "tests/catch.hpp"
#include "tests/mockserver/client.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

json stream_body(int tokens) {
  auto body = chat_body();
  body["stream"] = true;
  body["max_tokens"] = tokens;
  return body;
}

std::string post(std::string_view body, std::string_view header_lines, std::string_view version) {
  std::string text = "POST /v1/chat/completions HTTP/";
  text.append(version).append("\r\n");
  if (version == "1.1") text += "Host: test\r\n";
  return text.append(header_lines).append("\r\n").append(body);
}

std::string length_line(std::string_view body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n";
}

void check_error(const Reply& reply, int status) {
  CHECK(reply.status == status);
  CHECK(reply.headers.at("content-type") == "application/json");
  const auto error = reply.json().at("error");
  CHECK(error.size() == 4);
  CHECK(error.at("message").is_string());
  CHECK(error.at("type") == "invalid_request_error");
  CHECK(error.contains("param"));
  CHECK(error.contains("code"));
}

TEST_CASE("a request split at every byte is answered once") {
  const TestServer server;
  auto body = chat_body();
  body["max_tokens"] = 2;
  const bool chunked = GENERATE(false, true);
  const std::string text = body.dump();
  std::string whole = chat(body);
  if (chunked) {
    whole = request("POST", "/v1/chat/completions", "", "Transfer-Encoding: chunked\r\n") +
            "8;note=x\r\n" + text.substr(0, 8) + "\r\n" +
            [&] {
              char size[20];
              std::snprintf(size, sizeof size, "%zX\r\n", text.size() - 8);
              return std::string(size);
            }() +
            text.substr(8) + "\r\n0\r\nTrailer-Field: x\r\n\r\n";
  }
  auto client = server.connect();
  ReadWatch watch(server);
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    client.send(std::string_view(whole).substr(0, cut));
    watch.wait_for(cut);
    client.send(std::string_view(whole).substr(cut));
    watch.wait_for(whole.size() - cut);
    const auto reply = client.read_reply();
    REQUIRE(reply.status == 200);
    REQUIRE(reply.json()["usage"]["completion_tokens"] == 2);
  }
  CHECK(server.stats()["requests"]["total"] == whole.size() - 1);
}

TEST_CASE("a request that comes byte by byte is answered once") {
  const TestServer server;
  auto client = server.connect();
  ReadWatch watch(server);
  for (const char c : chat(chat_body())) {
    client.send({&c, 1});
    watch.wait_for(1);
  }
  CHECK(client.read_reply().status == 200);
  CHECK(server.stats()["requests"]["total"] == 1);
}

TEST_CASE("pipelined requests are answered in order, whatever they ask for") {
  const TestServer server(GENERATE("ttft: 0", "ttft: 1ms"));
  auto client = server.connect();
  std::string all;
  for (int i = 1; i <= 20; ++i) {
    auto unary = chat_body();
    unary["max_tokens"] = i;
    all += chat(unary) + chat(stream_body(i)) + request("GET", "/health") +
           request("GET", "/__admin/scenario");
  }
  client.send(all);
  for (int i = 1; i <= 20; ++i) {
    CHECK(client.read_reply().json()["usage"]["completion_tokens"] == i);
    CHECK(client.read_reply().chunks().size() == static_cast<std::size_t>(i) + 2);
    CHECK(client.read_reply().json() == json{{"status", "ok"}});
    CHECK(client.read_reply().json().contains("ttft"));
  }
}

TEST_CASE("HTTP/1.0 is answered and closed, a stream without chunked framing") {
  const TestServer server;
  const bool stream = GENERATE(false, true);
  const std::string body = (stream ? stream_body(3) : chat_body()).dump();
  auto client = server.connect();
  const auto reply = client.exchange(post(body, length_line(body), "1.0"));
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("connection") == "close");
  CHECK_FALSE(reply.headers.contains("transfer-encoding"));
  if (stream) {
    CHECK(reply.chunks().size() == 5);
  } else {
    CHECK(reply.json().contains("choices"));
  }
  CHECK(client.at_end());
}

TEST_CASE("HTTP/1.0 keeps the connection for unary replies where asked") {
  const TestServer server;
  auto client = server.connect();
  const std::string body = chat_body().dump();
  const std::string text = post(body, "Connection: keep-alive\r\n" + length_line(body), "1.0");
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.exchange(text);
    CHECK(reply.status == 200);
    CHECK(reply.headers.at("connection") == "keep-alive");
  }
  const std::string stream = stream_body(2).dump();
  const auto last =
      client.exchange(post(stream, "Connection: keep-alive\r\n" + length_line(stream), "1.0"));
  CHECK(last.chunks().size() == 4);
  CHECK(last.headers.at("connection") == "close");
  CHECK(client.at_end());
}

TEST_CASE("Connection: close is honoured after the reply") {
  const TestServer server;
  auto client = server.connect();
  const auto reply = client.exchange(
      request("POST", "/v1/chat/completions", stream_body(3).dump(), "Connection: close\r\n"));
  CHECK(reply.headers.at("connection") == "close");
  CHECK(reply.chunks().size() == 5);
  CHECK(client.at_end());
}

TEST_CASE("a client that waits for 100 Continue gets it before it sends the body") {
  const TestServer server;
  auto client = server.connect();
  const std::string body = chat_body().dump();
  const std::string head = post("", "Expect: 100-continue\r\n" + length_line(body), "1.1");
  for (int i = 0; i < 2; ++i) {
    client.send(head);
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(client.peek(kContinue.size()) == kContinue);
    CHECK(client.read_reply().status == 100);
    CHECK(client.exchange(body).status == 200);
  }
  CHECK(client.exchange(head + body).status == 200);  // one that does not wait gets none
}

TEST_CASE("a body larger than one read arrives whole") {
  const TestServer server;
  auto client = server.connect();
  std::string words;
  for (int i = 0; i < 200'000; ++i) words += "word ";
  auto body = chat_body();
  body["messages"][0]["content"] = words;
  for (int i = 0; i < 2; ++i) {
    CHECK(client.exchange(chat(body)).json()["usage"]["prompt_tokens"] == 200'000);
  }
}

TEST_CASE("an HTTP/2 client is told to speak HTTP/1.1 and let go") {
  const TestServer server;
  auto client = server.connect();
  client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const std::string_view frames = client.peek(26);
  REQUIRE(frames.size() == 26);
  CHECK(frames[3] == 4);      // SETTINGS
  CHECK(frames[9 + 3] == 7);  // GOAWAY
  CHECK(frames[25] == 0xd);   // HTTP_1_1_REQUIRED
  CHECK_FALSE(client.peek(27).size() > 26);
}

TEST_CASE("OPTIONS tells the methods, and browsers only where they were asked for") {
  for (const bool cors : {false, true}) {
    const TestServer server(cors ? "cors: true" : "cors: false");
    auto client = server.connect();
    const auto asked = client.exchange(request("OPTIONS", "/v1/chat/completions"));
    CHECK(asked.status == 204);
    CHECK(asked.headers.at("allow") == "POST, OPTIONS");
    CHECK(asked.headers.contains("access-control-allow-origin") == cors);
    CHECK(asked.headers.contains("access-control-allow-methods") == cors);
    CHECK(client.exchange(request("GET", "/health"))
              .headers.contains("access-control-allow-origin") == cors);
    CHECK(client.exchange(chat(chat_body())).headers.contains("access-control-allow-origin") ==
          cors);
  }
}

TEST_CASE("what is not valid HTTP gets one clear error and the end of the connection") {
  ServerOptions options;
  options.max_body = 1000;
  const TestServer server(options);
  struct Case {
    const char* what;
    std::string bytes;
    int status;
  };
  const auto c = GENERATE(
      Case{"no HTTP", "hello\r\n\r\n", 400}, Case{"no version", "GET /\r\n\r\n", 400},
      Case{"no host", "GET /health HTTP/1.1\r\n\r\n", 400},
      Case{"HTTP/3.0", "GET / HTTP/3.0\r\n\r\n", 505},
      Case{"two lengths", post("{}", "Content-Length: 2\r\nContent-Length: 3\r\n", "1.1"), 400},
      Case{"negative length", post("{}", "Content-Length: -2\r\n", "1.1"), 400},
      Case{"length and chunked",
           post("0\r\n\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "1.1"), 400},
      Case{"chunked and length",
           post("0\r\n\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "1.1"), 400},
      Case{"unknown coding", post("", "Transfer-Encoding: gzip, chunked\r\n", "1.1"), 501},
      Case{"coding in 1.0", post("0\r\n\r\n", "Transfer-Encoding: chunked\r\n", "1.0"), 400},
      Case{"bad chunk size", post("xyz\r\n", "Transfer-Encoding: chunked\r\n", "1.1"), 400},
      Case{"unknown expectation", post("", "Expect: miracles\r\n", "1.1"), 417},
      Case{"broken header", post("", "no colon here\r\n", "1.1"), 400},
      Case{"space before colon", post("", "Host : x\r\n", "1.1"), 400},
      Case{"long head", post("", "X-Long: " + std::string(40'000, 'x') + "\r\n", "1.1"), 431},
      Case{"endless head", "GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x'), 431},
      Case{"large body", post(std::string(2000, 'x'), "Content-Length: 2000\r\n", "1.1"), 413},
      Case{"huge body announced",
           post("", "Expect: 100-continue\r\nContent-Length: 99999999999\r\n", "1.1"), 413},
      Case{"large chunked body",
           post("7d0\r\n" + std::string(2000, 'x') + "\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n", "1.1"),
           413});
  SECTION("in one piece") {
    CAPTURE(c.what);
    auto client = server.connect();
    const auto reply = client.exchange(c.bytes);
    check_error(reply, c.status);
    CHECK(reply.headers.at("connection") == "close");
    CHECK(client.at_end());
  }
  SECTION("in two pieces, split anywhere") {
    CAPTURE(c.what);
    const std::size_t step = c.bytes.size() > 300 ? 997 : 1;
    for (std::size_t cut = 1; cut < c.bytes.size(); cut += step) {
      auto client = server.connect();
      ReadWatch watch(server);
      client.send(c.bytes.substr(0, cut));
      watch.wait_for(cut);
      client.send(c.bytes.substr(cut));
      REQUIRE(client.read_reply().status == c.status);
    }
  }
  CHECK(server.connect().exchange(request("GET", "/health")).status == 200);
}

TEST_CASE("unknown paths and wrong methods are told apart") {
  const TestServer server;
  auto client = server.connect();
  check_error(client.exchange(request("GET", "/nowhere")), 404);
  check_error(client.exchange(request("POST", "/v1/nowhere", "{}")), 404);
  const auto reply = client.exchange(request("GET", "/v1/chat/completions"));
  check_error(reply, 405);
  CHECK(reply.headers.at("allow") == "POST");
  check_error(client.exchange(request("DELETE", "/v1/models")), 405);
  check_error(client.exchange(request("BREW", "/v1/chat/completions")), 405);
  check_error(client.exchange(request("PUT", "/__admin/stats", "{}")), 405);
  check_error(client.exchange(request("POST", "/v1/chat/completions")), 400);  // no body at all
}

TEST_CASE("models and health answer on every path they have") {
  const TestServer server("models: [a, org/b c]");
  auto client = server.connect();
  for (const auto* path : {"/v1/models", "/models", "/v1/openai/v1/models"}) {
    const auto list = client.exchange(request("GET", path)).json();
    CHECK(list.at("object") == "list");
    REQUIRE(list.at("data").size() == 2);
    CHECK(list["data"][1].at("id") == "org/b c");
    CHECK(list["data"][1].at("object") == "model");
    CHECK(list["data"][1].at("created").is_number_integer());
    CHECK(list["data"][1].at("owned_by").is_string());
  }
  CHECK(client.exchange(request("GET", "/v1/models/a")).json().at("id") == "a");
  CHECK(client.exchange(request("GET", "/v1/models/org%2Fb%20c")).json().at("id") == "org/b c");
  const auto missing = client.exchange(request("GET", "/v1/models/zzz%2"));
  check_error(missing, 404);
  CHECK(missing.json()["error"]["code"] == "model_not_found");
  for (const auto* path : {"/health", "/healthz", "/v1/health", "/health?x=1"}) {
    CHECK(client.exchange(request("GET", path)).json() == json{{"status", "ok"}});
  }
  client.send(request("HEAD", "/health"));
  const auto head = client.read_reply(true);
  CHECK(head.status == 200);
  CHECK(head.headers.at("content-length") == "15");
  CHECK(client.exchange(request("GET", "/health")).status == 200);  // no body was left over
}

TEST_CASE("an error's text stays valid JSON whatever bytes the request had") {
  const TestServer server;
  auto client = server.connect();
  check_error(client.exchange(request("GET", "/\"quoted\"\xff\xfe")), 404);
  auto body = chat_body();
  body["model"] = "no\"such\\model\n";
  check_error(client.exchange(chat(body)), 404);
}

}  // namespace
}  // namespace hopcost::mockserver
