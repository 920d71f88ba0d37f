#include "mockserver/fault/rate_limiter.hpp"

#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

Result<RateLimits> decode(const std::string& text) {
  const auto root = parse_yaml(text, "x.yaml");
  REQUIRE(root.has_value());
  return catch_errors([&] { return decode_rate_limits(*root); });
}

std::string complaint(const std::string& text) {
  const auto limits = decode(text);
  return limits ? "" : limits.error().to_string();
}

/// How many of `requests` of `tokens` each are allowed at `now_ns`.
int allowed(RateLimiter& limiter, Nanos now_ns, int requests, std::uint64_t tokens = 1) {
  int count = 0;
  for (int i = 0; i < requests; ++i) count += limiter.admit("k", now_ns, tokens).allowed ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a full bucket holds exactly its limit, whatever the limit") {
  for (const std::uint64_t limit : {1U, 7U, 60U, 99U, 1000U, 3333U}) {
    RateLimiter limiter({.requests_per_minute = limit});
    INFO(limit);
    CHECK(limiter.admit("other", 5, 1).requests.remaining == limit - 1);
    CHECK(allowed(limiter, 5, static_cast<int>(limit) + 10) == static_cast<int>(limit));
  }
}

TEST_CASE("over a long time exactly the limit is admitted, at its steady pace") {
  RateLimiter limiter({.requests_per_minute = 60});
  CHECK(allowed(limiter, 0, 100) == 60);
  CHECK(allowed(limiter, kSecond - 1, 100) == 0);
  int count = 0;
  for (int tenth = 10; tenth < 610; ++tenth) {
    count += allowed(limiter, tenth * 100 * kMillisecond, 5);
  }
  CHECK(count == 60);
}

TEST_CASE("what a refusal says about time is true") {
  for (const std::uint64_t limit : {1U, 7U, 61U}) {
    RateLimiter limiter({.requests_per_minute = limit, .tokens_per_minute = 100 * limit});
    Nanos now = 1000;
    for (int i = 0; i < 200; ++i) {
      const auto decision = limiter.admit("k", now, 30U + static_cast<std::uint64_t>(i) % 70U);
      if (decision.allowed) continue;
      CHECK(decision.retry_after_ns > 0);
      CHECK_FALSE(
          limiter.admit("k", now + decision.retry_after_ns - 1, decision.asked_tokens).allowed);
      now += decision.retry_after_ns;
      CHECK(limiter.admit("k", now, decision.asked_tokens).allowed);
    }
  }
}

TEST_CASE("a refused request uses nothing") {
  RateLimiter limiter({.requests_per_minute = 10, .tokens_per_minute = 100});
  REQUIRE(limiter.admit("k", 0, 90).allowed);
  const auto refused = limiter.admit("k", 0, 20);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.exhausted == Exhausted::tokens);
  CHECK(refused.requests.remaining == 9);
  CHECK(refused.tokens.remaining == 10);
  CHECK(limiter.admit("k", 0, 10).allowed);
}

TEST_CASE("what an answer did not use is given back, what it used beyond is taken") {
  RateLimiter limiter({.tokens_per_minute = 600});
  REQUIRE(limiter.admit("k", 0, 600).allowed);
  limiter.settle("k", 0, 600, 100);
  CHECK(limiter.admit("k", 0, 0).tokens.remaining == 500);
  limiter.settle("k", 0, 0, 200);
  CHECK(limiter.admit("k", 0, 0).tokens.remaining == 300);
  // A debt: nothing until it is paid, at ten tokens a second.
  limiter.settle("k", 0, 0, 400);
  const auto refused = limiter.admit("k", 0, 1);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.tokens.remaining == 0);
  CHECK(refused.retry_after_ns == 10 * kSecond + kSecond / 10);
  // However large, it is paid within two bursts.
  limiter.settle("k", 0, 0, 100'000'000);
  CHECK(limiter.admit("k", 60 * kSecond + kSecond / 10, 1).allowed);
}

TEST_CASE("giving back does not fill a bucket beyond its limit") {
  RateLimiter limiter({.tokens_per_minute = 600});
  REQUIRE(limiter.admit("k", 0, 300).allowed);
  limiter.settle("k", 60 * kSecond, 300, 0);
  CHECK(limiter.admit("k", 60 * kSecond, 600).allowed);
  CHECK_FALSE(limiter.admit("k", 60 * kSecond, 1).allowed);
}

TEST_CASE("a request larger than a full bucket is refused for good") {
  RateLimiter limiter({.tokens_per_minute = 100});
  const auto decision = limiter.admit("k", 0, 101);
  CHECK_FALSE(decision.allowed);
  CHECK(decision.never);
  std::string head;
  append_headers(head, decision);
  CHECK(head.find("retry-after") == std::string::npos);
  CHECK(head.find("x-should-retry: false\r\n") != std::string::npos);
  CHECK(refusal(decision).message == "Request too large: limit 100 tokens at once, requested 101.");
  CHECK_FALSE(limiter.admit("k", 0, UINT64_MAX).allowed);
}

TEST_CASE("a shorter burst holds its share and at least one request") {
  RateLimiter limiter({.requests_per_minute = 60, .burst_ns = 5 * kSecond});
  CHECK(allowed(limiter, 0, 100) == 5);
  RateLimiter slow({.requests_per_minute = 1, .burst_ns = kSecond});
  CHECK(allowed(slow, 0, 10) == 1);
  CHECK(allowed(slow, 59 * kSecond, 10) == 0);
  CHECK(allowed(slow, 60 * kSecond, 10) == 1);
}

TEST_CASE("keys have budgets of their own, a clock that goes back harms nothing") {
  RateLimiter limiter({.requests_per_minute = 1});
  CHECK(limiter.admit("a", 1000, 0).allowed);
  CHECK(limiter.admit("b", 1000, 0).allowed);
  CHECK_FALSE(limiter.admit("a", 1000, 0).allowed);
  CHECK_FALSE(limiter.admit("a", 0, 0).allowed);
  CHECK(limiter.admit("a", 1000 + 60 * kSecond, 0).allowed);
}

TEST_CASE("without limits everything passes and no key is remembered") {
  RateLimiter limiter({});
  const auto decision = limiter.admit("k", 0, UINT64_MAX);
  CHECK(decision.allowed);
  CHECK(limiter.keys() == 0);
  std::string head;
  append_headers(head, decision);
  CHECK(head.empty());
}

TEST_CASE("random keys cannot exhaust memory, the key unused for longest is forgotten") {
  RateLimiter limiter({.requests_per_minute = 1}, 3);
  for (const auto* key : {"a", "b", "c"}) CHECK(limiter.admit(key, 0, 0).allowed);
  CHECK_FALSE(limiter.admit("a", 0, 0).allowed);  // used again: b is now the oldest
  CHECK(limiter.admit("d", 0, 0).allowed);
  CHECK(limiter.keys() == 3);
  CHECK_FALSE(limiter.admit("a", 0, 0).allowed);
  CHECK(limiter.admit("b", 0, 0).allowed);
  for (int i = 0; i < 1000; ++i) (void)limiter.admit(std::to_string(i), 0, 0);
  CHECK(limiter.keys() == 3);
}

TEST_CASE("headers tell limit, remainder and reset of each budget, and when to retry") {
  RateLimiter limiter({.requests_per_minute = 2, .tokens_per_minute = 6000});
  std::string head;
  append_headers(head, limiter.admit("k", 0, 600));
  CHECK(head ==
        "x-ratelimit-limit-requests: 2\r\nx-ratelimit-remaining-requests: 1\r\n"
        "x-ratelimit-reset-requests: 30s\r\nx-ratelimit-limit-tokens: 6000\r\n"
        "x-ratelimit-remaining-tokens: 5400\r\nx-ratelimit-reset-tokens: 6s\r\n");
  REQUIRE(limiter.admit("k", 0, 600).allowed);
  const auto refused = limiter.admit("k", kMillisecond, 600);
  REQUIRE_FALSE(refused.allowed);
  head.clear();
  append_headers(head, refused);
  CHECK(head.find("x-ratelimit-remaining-requests: 0\r\n") != std::string::npos);
  CHECK(head.find("retry-after: 30\r\nretry-after-ms: 29999\r\n") != std::string::npos);
  const ApiError error = refusal(refused);
  CHECK(error.status == 429);
  CHECK(error.type == "requests");
  CHECK(error.code == "rate_limit_exceeded");
  CHECK(error.message ==
        "Rate limit reached on requests per min (RPM): limit 2 per minute, remaining 0. Please try "
        "again in 29.999s.");
}

TEST_CASE("a time to a reset is written as OpenAI writes it") {
  CHECK(reset_text(0) == "0s");
  CHECK(reset_text(-5) == "0s");
  CHECK(reset_text(1) == "1ms");
  CHECK(reset_text(20 * kMillisecond) == "20ms");
  CHECK(reset_text(kSecond) == "1s");
  CHECK(reset_text(1500 * kMillisecond) == "1.5s");
  CHECK(reset_text(59'982 * kMillisecond) == "59.982s");
  CHECK(reset_text(360 * kSecond) == "6m0s");
  CHECK(reset_text(3661 * kSecond) == "1h1m1s");
  CHECK(reset_text(3600 * kSecond) == "1h0m0s");
}

TEST_CASE("limits are decoded strictly and written as they read back") {
  const auto limits = decode("{requests_per_minute: 60, tokens_per_minute: 1000, burst: 10s}");
  REQUIRE(limits.has_value());
  CHECK(*limits ==
        RateLimits{.requests_per_minute = 60, .tokens_per_minute = 1000, .burst_ns = 10 * kSecond});
  for (const auto* text : {"{requests_per_minute: 60}", "{tokens_per_minute: 5, burst: 1h}"}) {
    const auto first = decode(text);
    REQUIRE(first.has_value());
    const auto again = decode(to_json(*first).dump());
    REQUIRE(again.has_value());
    CHECK(*again == *first);
  }
  CHECK(complaint("{burst: 10s}").find("must have requests_per_minute") != std::string::npos);
  CHECK(complaint("{requests_per_minute: 0}").find("must be from 1 to") != std::string::npos);
  CHECK(complaint("requests_per_minute: 1\nrpm: 2") == "x.yaml:2: rpm: unknown key");
  CHECK(complaint("{requests_per_minute: 1, burst: 2h}").find("burst: must be from 1ms") !=
        std::string::npos);
  CHECK(complaint("{tokens_per_minute: 1, burst: 1s}").find("too short") != std::string::npos);
}

TEST_CASE("threads that share a limiter are admitted exactly as often as one") {
  SharedRateLimiter limiter({.requests_per_minute = 1000});
  std::vector<int> counts(4);
  std::vector<std::thread> threads;
  for (auto& count : counts) {
    threads.emplace_back([&limiter, &count] {
      for (int i = 0; i < 500; ++i) {
        count += limiter.admit(kAnonymousKey, 0, 1).allowed ? 1 : 0;
        limiter.settle(kAnonymousKey, 0, 1, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(counts[0] + counts[1] + counts[2] + counts[3] == 1000);
}
