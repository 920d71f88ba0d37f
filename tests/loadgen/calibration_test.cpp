#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "loadgen/run.hpp"
#include "tests/catch.hpp"
#include "tests/support/peer.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using test::answer_all;
using test::Message;
using test::ok_reply;
using test::Upstream;

namespace {

/// Seven tokens of a chat template, and a tokenizer that makes 1.37 tokens of our words.
int tokens_of(const Message& request) {
  const auto text =
      nlohmann::json::parse(request.body)["messages"][0]["content"].get<std::string>();
  const auto words = std::ranges::count(text, ' ') + 1;
  return 7 + static_cast<int>(std::lround(1.37 * static_cast<double>(words)));
}

std::string answer(const Message& request) {
  nlohmann::json reply;
  reply["choices"][0] = {{"index", 0},
                         {"message", {{"role", "assistant"}, {"content", "hi"}}},
                         {"finish_reason", "stop"}};
  reply["usage"] = {{"prompt_tokens", tokens_of(request)}, {"completion_tokens", 1}};
  return ok_reply(reply.dump());
}

}  // namespace

TEST_CASE("calibration: asked and real lengths agree within 2 %, whatever the server's tokenizer") {
  const int length = GENERATE(40, 300, 5'000);
  Upstream server(answer_all(answer));
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:" + std::to_string(server.port()))};
  options.max_requests = 10;
  options.warmup = 0;
  options.duration = 20 * kSecond;
  options.prompt_tokens = length;
  const auto plain = run(options);
  REQUIRE(plain);
  CHECK(plain->counters.ok == 10);
  CHECK(plain->counters.prompt_mismatches == 10);

  options.calibrate = true;
  const auto calibrated = run(options);
  REQUIRE(calibrated);
  CHECK(calibrated->counters.ok == 10);
  const double mean = static_cast<double>(calibrated->counters.prompt_tokens) / 10;
  CHECK(std::abs(mean - length) <= 0.02 * length);
}

TEST_CASE("calibration: a server that counts no tokens is named") {
  Upstream server(answer_all([](const Message&) {
    return ok_reply(R"({"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]})");
  }));
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:" + std::to_string(server.port()))};
  options.calibrate = true;
  const auto result = run(options);
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "calibration: replies say no usage.prompt_tokens");
}
