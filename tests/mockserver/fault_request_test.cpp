// Which requests get which faults: by header, by endpoint, by the rules of a scenario.

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/mockserver/fault_cases.hpp"

namespace hopcost::mockserver {
namespace {

using namespace fault_cases;
using nlohmann::json;

TEST_CASE("an unknown fault or parameter is 400 and named, and the connection goes on") {
  const auto server = quick_server();
  auto client = server.connect();
  for (const auto* const bad : {"meltdown", "crlf, meltdown", "close; meltdown=1"}) {
    const auto reply = client.exchange(asking(bad, false));
    CHECK(reply.status == 400);
    CHECK(error_param(reply) == kFaultHeader);
    CHECK(reply.json()["error"]["code"] == "invalid_fault");
    CHECK(reply.json()["error"]["message"].get<std::string>().find("'meltdown'") !=
          std::string::npos);
  }
  CHECK(client.exchange(asking("", false)).status == 200);
  CHECK(server.stats()["faults"].empty());
}

TEST_CASE("a server that ignores the headers of faults answers as without them") {
  const TestServer server("{ignore_fault_headers: true, faults: [{fault: crlf, probability: 0}]}");
  auto client = server.connect();
  CHECK(client.exchange(asking("error; status=503", false)).status == 200);
  CHECK(client.exchange(asking("meltdown", true)).status == 200);
  CHECK(client
            .exchange(request("POST", "/v1/chat/completions", chat_body().dump(),
                              "X-Return-Error: 500\r\n"))
            .status == 200);
  CHECK(server.stats()["faults"].empty());
}

TEST_CASE("X-Return-Error answers with the error of a status, and with 400 to nonsense") {
  const auto server = quick_server();
  auto client = server.connect();
  const auto with = [&](std::string_view value) {
    return client.exchange(request("POST", "/v1/chat/completions", chat_body().dump(),
                                   fmt::format("X-Return-Error: {}\r\n", value)));
  };
  for (const int status : {400, 401, 404, 429, 500, 503, 599}) {
    const auto reply = with(std::to_string(status));
    CHECK(reply.status == status);
    CHECK(reply.json()["error"]["message"] == error_for_status(status).message);
  }
  for (const auto* const bad : {"soon", "200", "600", ""}) {
    const auto reply = with(bad);
    CHECK(reply.status == 400);
    CHECK(error_param(reply) == kReturnErrorHeader);
  }
  CHECK(server.stats()["faults"] == json{{"error", 7}});
}

TEST_CASE("the messages API has its errors in its own form, before and inside a stream") {
  const auto server = quick_server();
  auto client = server.connect();
  const auto with = [&](std::string_view fault, bool stream) {
    json body = chat_body();
    body["max_tokens"] = 20;
    body["stream"] = stream;
    return client.exchange(request("POST", "/v1/messages", body.dump(),
                                   fmt::format("x-hopcost-fault: {}\r\n", fault)));
  };
  const auto check_form = [](const json& error, std::string_view type) {
    CHECK(error.at("type") == "error");
    CHECK(error.at("error").at("type") == type);
    CHECK(error.at("error").at("message").is_string());
  };
  const auto limited = with("error; status=429", false);
  CHECK(limited.status == 429);
  check_form(limited.json(), "rate_limit_error");
  const auto overloaded = with("error; status=529", true);
  CHECK(overloaded.status == 529);
  check_form(overloaded.json(), "overloaded_error");
  check_form(with("meltdown", false).json(), "invalid_request_error");
  const auto streamed = with("error-event; after=2; status=529", true);
  CHECK(streamed.status == 200);
  CHECK(streamed.body.find("event: error\ndata: ") != std::string::npos);
  check_form(json::parse(streamed.events().back()), "overloaded_error");
  CHECK(with("", true).body.find("event: message_stop") != std::string::npos);
}

TEST_CASE("faults apply to every endpoint of the API") {
  const auto server = quick_server();
  auto client = server.connect();
  for (const auto* const path : {"/v1/completions", "/v1/responses", "/v1/embeddings"}) {
    CAPTURE(path);
    const json body{{"model", "mock-model"}, {"prompt", "a b"}, {"input", "a b"}};
    const auto with = [&](std::string_view fault) {
      return client.exchange(
          request("POST", path, body.dump(), fmt::format("x-hopcost-fault: {}\r\n", fault)));
    };
    CHECK(with("error; status=503").status == 503);
    CHECK_FALSE(json::accept(with("malformed-json").body));
    CHECK(json::accept(with("huge-event; size=50000, trickle; bytes=999; gap=0").body));
  }
}

TEST_CASE("rules of a scenario choose by number, model and header") {
  const auto server = quick_server(R"(, models: [a, b], faults: [
    {fault: error, status: 418, when: {nth: 2}},
    {fault: error, status: 503, when: {every: 4}},
    {fault: wrong-content-type, probability: 1, when: {model: b}},
    {fault: error, status: 409, when: {header: "x-test: yes"}},
    {fault: crlf, probability: 0}])");
  auto client = server.connect();
  const auto with = [&](std::string_view model, std::string_view lines = "") {
    auto body = chat_body();
    body["model"] = model;
    return client.exchange(request("POST", "/v1/chat/completions", body.dump(), lines));
  };
  CHECK(with("a").status == 200);
  CHECK(with("a").status == 418);
  const auto third = with("b");
  CHECK(third.status == 200);
  CHECK(third.headers.at("content-type") == kWrongContentType);
  CHECK(with("b").status == 503);
  CHECK(with("a", "X-Test: yes\r\n").status == 409);
  CHECK(with("a", "X-Test: no\r\n").headers.at("content-type") == "application/json");
  CHECK(with("a", "X-Hopcost-Fault: error; status=422\r\nX-Test: yes\r\n").status == 422);
  CHECK(with("a").status == 503);
  CHECK(server.stats()["faults"] == json{{"error", 5}, {"wrong-content-type", 2}});
}

TEST_CASE("a rule of certain failure stops when the scenario is replaced") {
  const auto server = quick_server(", faults: [{fault: reset-before-reply, probability: 1}]");
  for (int i = 0; i < 3; ++i) {
    auto client = server.connect();
    client.send(chat(chat_body()));
    CHECK(client.read_to_end().reset);
  }
  auto client = server.connect();
  CHECK(client.exchange(request("PUT", "/__admin/scenario", R"({"faults":[]})")).status == 200);
  check_said(client.exchange(chat(chat_body())));
  CHECK(server.stats()["requests"]["errors"] == 3);
}

}  // namespace
}  // namespace hopcost::mockserver
