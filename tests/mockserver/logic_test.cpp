// The parts that need no socket: pace, scenario, routes, ids, plans.

#include <set>

#include <nlohmann/json.hpp>

#include "mockserver/admin/metrics.hpp"
#include "mockserver/pace.hpp"
#include "mockserver/http/request_id.hpp"
#include "mockserver/server/response_plan.hpp"
#include "mockserver/http/route.hpp"
#include "mockserver/scenario.hpp"
#include "mockserver/http/wall_clock.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

TEST_CASE("deadlines are absolute: a chunk's does not depend on when others were sent") {
  const Pace pace{2 * kMillisecond, 5 * kMillisecond};
  CHECK(pace.asked());
  CHECK(pace.chunk_due(100, 0) == 100 + 2 * kMillisecond);
  CHECK(pace.chunk_due(100, 1) == 100 + 7 * kMillisecond);
  CHECK(pace.chunk_due(100, 1000) == 100 + 5002 * kMillisecond);
  CHECK(pace.unary_due(100, 1) == pace.chunk_due(100, 0));
  CHECK(pace.unary_due(100, 64) == pace.chunk_due(100, 63));
}

TEST_CASE("without a delay nothing is due later than the request") {
  const Pace pace;
  CHECK_FALSE(pace.asked());
  CHECK(pace.chunk_due(100, 999) == 100);
}

TEST_CASE("the longest delays and answers allowed do not overflow") {
  const Pace pace{kMaxDelay, kMaxDelay};
  const Nanos start = 1'000'000 * kSecond;
  CHECK(pace.chunk_due(start, kMaxTokens - 1) > start);
}

TEST_CASE("a scenario takes any subset of changes and shows them") {
  const auto changed =
      with_changes({}, R"({"ttft":"2ms","itl":"0","output_tokens":7,"role_early":true})");
  REQUIRE(changed);
  CHECK(to_json(*changed) == nlohmann::json{{"ttft", "2ms"},
                                            {"itl", "0"},
                                            {"output_tokens", 7},
                                            {"role_early", true},
                                            {"models", {"mock-model"}}});
  CHECK(with_changes(*changed, "{}")->output_tokens == 7);
}

TEST_CASE("a scenario refuses what it does not know, and names the key") {
  const auto key_of = [](const char* text) {
    const auto changed = with_changes({}, text);
    return changed ? "accepted" : changed.error().where;
  };
  CHECK(key_of(R"({"ttft":"20"})") == "ttft");
  CHECK(key_of(R"({"ttft":20})") == "ttft");
  CHECK(key_of(R"({"ttft":"2h"})") == "ttft");
  CHECK(key_of(R"({"itl":"-1ms"})") == "itl");
  CHECK(key_of(R"({"output_tokens":0})") == "output_tokens");
  CHECK(key_of(R"({"output_tokens":1.5})") == "output_tokens");
  CHECK(key_of(R"({"output_tokens":99999999999})") == "output_tokens");
  CHECK(key_of(R"({"role_early":1})") == "role_early");
  CHECK(key_of(R"({"models":["x"]})") == "models");
  CHECK(key_of(R"({"tttf":"1ms"})") == "tttf");
  CHECK(key_of("[]").empty());
  CHECK(key_of("{").empty());
}

TEST_CASE("models must be there, named, and different") {
  Scenario scenario;
  scenario.models = {};
  CHECK_FALSE(check(scenario));
  scenario.models = {"a", ""};
  CHECK_FALSE(check(scenario));
  scenario.models = {"a", "a"};
  CHECK_FALSE(check(scenario));
  scenario.models = {"a", "b"};
  CHECK(check(scenario));
}

TEST_CASE("API paths lead to the same place with and without their prefixes") {
  for (const auto* prefix : {"", "/v1", "/v1/openai/v1", "http://host:80/v1"}) {
    CAPTURE(prefix);
    const std::string base = prefix;
    CHECK(find_route(base + "/chat/completions").endpoint == Endpoint::chat_completions);
    CHECK(find_route(base + "/models").endpoint == Endpoint::models);
    CHECK(find_route(base + "/models?limit=1").endpoint == Endpoint::models);
    CHECK(find_route(base + "/models/org/name").rest == "org/name");
    CHECK(find_route(base + "/health").endpoint == Endpoint::health);
    CHECK(find_route(base + "/healthz").endpoint == Endpoint::health);
  }
  CHECK(find_route("/metrics").endpoint == Endpoint::metrics);
  for (const auto* nowhere : {"", "/", "/v1", "/v1/", "/v1x/models", "/v1/metrics", "/models/",
                              "/v1/chat/completions/", "/chat", "*", "http://host"}) {
    CAPTURE(nowhere);
    CHECK(find_route(nowhere).endpoint == Endpoint::unknown);
  }
}

TEST_CASE("a route knows its methods as whole words") {
  const auto route = find_route("/__admin/scenario");
  for (const auto* method : {"GET", "HEAD", "PUT"}) CHECK(route.allows(method));
  for (const auto* method : {"POST", "PU", "GET, HEAD", ""}) CHECK_FALSE(route.allows(method));
}

TEST_CASE("ids do not repeat within a worker or between workers") {
  std::set<std::string> seen;
  for (std::uint64_t worker = 0; worker < 4; ++worker) {
    RequestIds ids(12345, worker);
    for (int i = 0; i < 1000; ++i) seen.emplace(view(ids.next()));
  }
  CHECK(seen.size() == 4000);
}

TEST_CASE("the wall clock writes a date as HTTP wants it and keeps it for the second") {
  WallClock clock;
  clock.update(1);
  const std::string date(clock.date());
  REQUIRE(date.size() == 29);
  CHECK(date.substr(3, 2) == ", ");
  CHECK(date.substr(25) == " GMT");
  CHECK(std::stoll(std::string(clock.unix_seconds())) > 1'600'000'000);
  clock.update(2);
  CHECK(clock.date() == date);
}

TEST_CASE("a unary reply's length is right for short, prepared and very long answers") {
  Scenario scenario;
  scenario.output_tokens = 5000;
  const ResponsePlan plan(scenario, "na\"me");
  for (const std::uint32_t tokens : {1U, 64U, 4096U, 4097U, 20'000U}) {
    for (const bool stamped : {false, true}) {
      ReplyFacts facts;
      facts.id.fill('a');
      facts.date = "Sun, 06 Nov 1994 08:49:37 GMT";
      facts.created = "1700000000";
      facts.tokens = tokens;
      facts.prompt_tokens = 99;
      if (stamped) facts.stamp_id = 1;
      std::string out;
      const auto at = plan.append_unary(out, facts);
      CHECK((at != kNoStamp) == stamped);
      const auto head_end = out.find("\r\n\r\n") + 4;
      const auto length_at = out.find("Content-Length: ") + 16;
      CHECK(std::stoul(out.substr(length_at)) == out.size() - head_end);
      const auto body = nlohmann::json::parse(out.substr(head_end));
      CHECK(body["model"] == "na\"me");
      CHECK(body["usage"]["completion_tokens"] == tokens);
    }
  }
}

TEST_CASE("a reset keeps what is open and in flight") {
  Counters counters;
  counters.accepted = counters.open = counters.requests = counters.in_flight = 3;
  counters.chunks = counters.bytes_in = counters.ok = 9;
  counters.reset();
  CHECK(counters.open == 3);
  CHECK(counters.in_flight == 3);
  CHECK(counters.accepted + counters.requests + counters.chunks + counters.bytes_in + counters.ok ==
        0);
}

TEST_CASE("stats give no quantile that too few samples support") {
  WorkerSnapshot few;
  for (int i = 0; i < 30; ++i) few.lateness_ns.record(1000);
  const auto stats = stats_json({"m"}, {few, few});
  CHECK(stats["lateness_ns"]["count"] == 60);
  CHECK(stats["lateness_ns"]["p50"] == 1000.0);
  CHECK(stats["lateness_ns"]["p99"].is_null());
  CHECK(stats["workers"].size() == 2);
}

}  // namespace
}  // namespace hopcost::mockserver
