#include "loadgen/exchange/request_bytes.hpp"

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

/// A workload and the bytes of its first target.
struct Made {
  explicit Made(const Options& options) : workload(options, nullptr), bytes(workload, 0) {}
  std::string_view prepare(const Asked& asked, std::uint32_t id, Nanos send_ns) {
    return bytes.prepare(asked, {}, id, send_ns);
  }
  Workload workload;
  RequestBytes bytes;
};

Made bytes_for(const Options& options) {
  return Made(options);
}

Asked asked_by(const Options& options, std::uint64_t number) {
  return Workload(options, nullptr).ask(number);
}

}  // namespace

TEST_CASE("a request has the prompt length asked for, stamped or not") {
  for (const bool stamps : {false, true}) {
    Options options = sample();
    options.stamps = stamps;
    auto request = bytes_for(options);
    const auto body = body_of(request.prepare({12, 9}, 1, 2));
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
  auto request = bytes_for(options);
  for (const Nanos sent : {Nanos{5}, Nanos{1'234'567'890'123'456'789}}) {
    const auto bytes = request.prepare({12, 9}, 7, sent);
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
  auto request = bytes_for(options);
  const auto bytes = request.prepare({12, 9}, 0, 0);
  CHECK(bytes.starts_with("POST /v1/openai/v1/chat/completions HTTP/1.1\r\n"));
  CHECK(bytes.find("\r\nHost: 127.0.0.1:8000\r\n") != std::string::npos);
  CHECK(bytes.find("\r\nx-team: blue\r\n") != std::string::npos);
  CHECK(bytes.find("\r\nAuthorization: Bearer secret\r\n") != std::string::npos);
}

TEST_CASE("lengths may change from request to request, also past the list of words") {
  Options options = sample();
  options.prompt_tokens = *TokenLength::parse("1-200000");
  for (const bool stamps : {false, true}) {
    options.stamps = stamps;
    auto request = bytes_for(options);
    for (const std::uint32_t prompt :
         {1U, 2U, 64U, 65U, 65'535U, 65'536U, 65'537U, 131'072U, 200'000U}) {
      CAPTURE(prompt, stamps);
      const std::string bytes(request.prepare({prompt, prompt + 1}, 3, 4));
      const auto body = body_of(bytes);
      const auto content = body["messages"][0]["content"].get<std::string>();
      std::string words;
      append_tokens(words, 0, prompt);
      CHECK(content.substr(stamps ? RequestStamp::kSize : 0) == words.substr(1));
      CHECK(body["max_tokens"] == prompt + 1);
      CHECK(read_request_stamp(content).has_value() == stamps);
      const auto length = bytes.size() - bytes.find("\r\n\r\n") - 4;
      CHECK(bytes.find("Content-Length: " + std::to_string(length) + "\r\n") != std::string::npos);
    }
  }
}

TEST_CASE("extra fields and ignore_eos are in every request, and names of ours are not theirs") {
  Options options = sample();
  options.ignore_eos = true;
  options.models = {{R"(a "messages": "content":" model)", 1}};
  options.extra_body = R"({"temperature": 0, "content": "x", "metadata": {"max_tokens": 5}})";
  CHECK(check_extra_body(options.extra_body));
  auto request = bytes_for(options);
  const auto body = body_of(request.prepare({3, 7}, 0, 0));
  CHECK(body["model"] == options.models[0].name);
  CHECK(body["temperature"] == 0);
  CHECK(body["metadata"]["max_tokens"] == 5);
  CHECK(body["ignore_eos"] == true);
  CHECK(body["max_tokens"] == 7);
  CHECK(count_tokens(body["messages"][0]["content"].get<std::string>()) == 3);
  CHECK(check_extra_body(""));
  for (const auto* wrong : {"5", "[]", "{", R"({"model": "x"})", R"({"stream": true})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(check_extra_body(wrong));
  }
}

TEST_CASE("what a request asks for depends on its number and the seed alone") {
  Options options = sample();
  options.prompt_tokens = *TokenLength::parse("1-1000");
  options.output_tokens = *TokenLength::parse("1-1000");
  int different = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(asked_by(options, i) == asked_by(options, i));
    if (asked_by(options, i) != asked_by(options, i + 1)) ++different;
  }
  CHECK(different > 95);
  auto other = options;
  other.seed = 2;
  CHECK_FALSE(asked_by(options, 0) == asked_by(other, 0));
}
