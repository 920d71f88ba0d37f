// The parts that need no socket: routes, ids, prepared bytes, counters.

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "mockserver/api/prepared_chat.hpp"
#include "mockserver/api/reply_writer.hpp"
#include "mockserver/http/reply_head.hpp"
#include "mockserver/http/request_id.hpp"
#include "mockserver/http/route.hpp"
#include "mockserver/http/wall_clock.hpp"
#include "mockserver/server/metrics.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

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

TEST_CASE("a chunk is framed the same whatever its size was guessed to be") {
  for (const std::size_t size : {1U, 15U, 16U, 255U, 256U, 70'000U}) {
    const std::string payload(size, 'x');
    std::string expected = "before";
    expected += payload;
    frame_chunk(expected, 6);
    CHECK(expected == "before" + fmt::format("{:x}\r\n{}\r\n", size, payload));
    for (const std::size_t guess : {0U, 1U, 15U, 16U, 300U, 1'000'000U}) {
      std::string out = "before";
      const auto chunk = open_chunk(out, guess);
      out += payload;
      CHECK(close_chunk(out, chunk) == size);
      CHECK(out == expected);
    }
  }
}

TEST_CASE("a unary body's length is right for short, prepared and very long answers") {
  const PreparedChat prepared("na\"me");
  for (const std::uint32_t tokens : {1U, 64U, 4096U, 4097U, 20'000U}) {
    for (const bool stamped : {false, true}) {
      PlainChatFacts facts;
      facts.id = "aaaaaaaaaaaaaaaa";
      facts.created = "1700000000";
      facts.tokens = tokens;
      facts.prompt_tokens = 99;
      if (stamped) facts.stamp_id = 1;
      std::string out;
      const auto at = prepared.append_body(out, facts);
      CHECK((at != kNoStamp) == stamped);
      CHECK(prepared.body_size(facts) == out.size());
      const auto body = nlohmann::json::parse(out);
      CHECK(body["model"] == "na\"me");
      CHECK(body["usage"]["completion_tokens"] == tokens);
    }
  }
}

TEST_CASE("a reset keeps what is open and in flight") {
  Counters counters;
  counters.accepted = counters.open = counters.requests = counters.in_flight = 3;
  counters.chunks = counters.bytes.in = counters.ok = 9;
  counters.reset();
  CHECK(counters.open == 3);
  CHECK(counters.in_flight == 3);
  CHECK(counters.accepted + counters.requests + counters.chunks + counters.bytes.in + counters.ok ==
        0);
}

TEST_CASE("stats give no quantile that too few samples support") {
  WorkerSnapshot few;
  for (int i = 0; i < 30; ++i) few.pacing.lateness.record(1000);
  const auto stats = stats_json({"m"}, {few, few});
  CHECK(stats["lateness_ns"]["count"] == 60);
  CHECK(stats["lateness_ns"]["p50"] == 1000.0);
  CHECK(stats["lateness_ns"]["p99"].is_null());
  CHECK(stats["workers"].size() == 2);
}

TEST_CASE("what was intended and what was achieved are told side by side, summed over workers") {
  WorkerSnapshot worker;
  for (int i = 0; i < 30; ++i) worker.pacing.gap.record(20'000'000, 20'500'000);
  worker.pacing.first.record(50'000'000, 50'250'000);
  const auto stats = stats_json({"m"}, {worker, worker});
  CHECK(stats["gap_ns"]["intended"]["count"] == 60);
  CHECK(stats["gap_ns"]["intended"]["max"] == 20'000'000);
  CHECK(stats["gap_ns"]["achieved"]["max"] == 20'500'000);
  CHECK(stats["first_token_ns"]["achieved"]["max"] == 50'250'000);
  const auto text = prometheus_text({worker, worker});
  for (const auto* const line :
       {"hopcost_mock_inter_token_seconds_count{is=\"intended\"} 60\n",
        "hopcost_mock_inter_token_seconds_sum{is=\"achieved\"} 1.23\n",
        "hopcost_mock_time_to_first_token_seconds_count{is=\"achieved\"} 2\n",
        "hopcost_mock_lateness_seconds_count 0\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

}  // namespace
}  // namespace hopcost::mockserver
