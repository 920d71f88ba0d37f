#include "loadgen/request_source.hpp"

#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

nlohmann::json body_of(std::string_view request) {
  return nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

Options sample() {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  options.prompt_tokens = 12;
  options.output_tokens = 9;
  return options;
}

}  // namespace

TEST_CASE("a request has the prompt length asked for, stamped or not") {
  for (const bool stamps : {false, true}) {
    Options options = sample();
    options.stamps = stamps;
    RequestBytes request(options, options.targets[0]);
    const auto body = body_of(request.prepare(1, 2));
    CHECK(count_tokens(body["messages"][0]["content"].get<std::string>()) == 12);
    CHECK(body["max_tokens"] == 9);
    CHECK(body["model"] == "mock-model");
    CHECK(body["stream"] == false);
  }
}

TEST_CASE("the stamp is patched in place, and Content-Length stays true") {
  Options options = sample();
  options.stamps = true;
  options.stream = true;
  RequestBytes request(options, options.targets[0]);
  for (const Nanos sent : {Nanos{5}, Nanos{1'234'567'890'123'456'789}}) {
    const auto bytes = request.prepare(7, sent);
    const auto content = body_of(bytes)["messages"][0]["content"].get<std::string>();
    const auto stamp = read_request_stamp(content);
    REQUIRE(stamp);
    CHECK(stamp->id == 7);
    CHECK(stamp->send_ns == sent);
    const auto length = bytes.size() - bytes.find("\r\n\r\n") - 4;
    CHECK(bytes.find("Content-Length: " + std::to_string(length) + "\r\n") != std::string::npos);
    CHECK(body_of(bytes)["stream_options"]["include_usage"] == true);
  }
}

TEST_CASE("path, headers and the key go where they belong") {
  Options options = sample();
  options.targets = {*parse_api_base("http://127.0.0.1:8000/v1/openai/v1")};
  options.headers = {{"x-team", "blue"}};
  options.api_key = "secret";
  RequestBytes request(options, options.targets[0]);
  const auto bytes = request.prepare(0, 0);
  CHECK(bytes.starts_with("POST /v1/openai/v1/chat/completions HTTP/1.1\r\n"));
  CHECK(bytes.find("\r\nHost: 127.0.0.1:8000\r\n") != std::string::npos);
  CHECK(bytes.find("\r\nx-team: blue\r\n") != std::string::npos);
  CHECK(bytes.find("\r\nAuthorization: Bearer secret\r\n") != std::string::npos);
}
