#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "common/clock.hpp"
#include "common/yaml.hpp"
#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// What each key may use. 0 is no limit.
struct RateLimits {
  std::uint64_t requests_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;
  /// A key that was idle has this much time's worth at once, but always one request.
  Nanos burst_ns = 60 * kSecond;

  [[nodiscard]] bool none() const { return requests_per_minute == 0 && tokens_per_minute == 0; }
  bool operator==(const RateLimits&) const = default;
};

/// {requests_per_minute: 60, tokens_per_minute: 100000, burst: 10s}; strict, throws ErrorException.
[[nodiscard]] RateLimits decode_rate_limits(const YamlNode& node);
/// What decode_rate_limits reads back.
[[nodiscard]] nlohmann::ordered_json to_json(const RateLimits& limits);

/// What one budget of a key says after a decision. `limit` 0: there is no such budget.
struct BudgetState {
  std::uint64_t limit = 0;      ///< what a full bucket holds
  std::uint64_t remaining = 0;  ///< what may be used at once
  Nanos reset_ns = 0;           ///< until the bucket is full again
};

enum class Exhausted : std::uint8_t { none, requests, tokens };

struct RateDecision {
  bool allowed = true;
  Exhausted exhausted = Exhausted::none;  ///< which budget refused
  bool never = false;                     ///< more tokens than a full bucket holds: do not retry
  Nanos retry_after_ns = 0;               ///< of a refusal: then the same request is allowed
  std::uint64_t asked_tokens = 0;
  std::uint64_t per_minute = 0;  ///< of the budget that refused
  BudgetState requests;
  BudgetState tokens;
};

/// `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` of the budgets there are, as whole
/// header lines with CRLF; of a refusal also `retry-after` (whole seconds, rounded up),
/// `retry-after-ms` and, where waiting does not help, `x-should-retry: false`.
void append_headers(std::string& head, const RateDecision& decision);

/// "6m0s", "1s", "20ms", "1.5s", "0s": as OpenAI writes the time to a reset. Rounded up to ms.
[[nodiscard]] std::string reset_text(Nanos ns);

/// The 429 of a refusal.
[[nodiscard]] ApiError refusal(const RateDecision& decision);

/// Token buckets, one for requests and one for tokens for each key, that fill steadily. Time is the
/// caller's. A refused request uses nothing. Not thread-safe.
///
/// Keys are remembered only as hashes, and at most `max_keys` of them: the one unused for longest
/// is forgotten first, which gives it a full budget back.
class RateLimiter {
 public:
  static constexpr std::size_t kMaxKeys = 10'000;

  explicit RateLimiter(const RateLimits& limits, std::size_t max_keys = kMaxKeys);

  /// `tokens`: what the request may use at most (prompt and answer). Takes it from the budget.
  [[nodiscard]] RateDecision admit(std::string_view key, Nanos now_ns, std::uint64_t tokens);
  /// Once an admitted request has ended: gives back what it did not use, or takes what it used
  /// beyond `reserved`.
  void settle(std::string_view key, Nanos now_ns, std::uint64_t reserved, std::uint64_t used);

  [[nodiscard]] std::size_t keys() const { return places_.size(); }
  [[nodiscard]] const RateLimits& limits() const { return limits_; }

 private:
  /// When each bucket will be full; in the past means full.
  struct Account {
    std::uint64_t key = 0;
    Nanos requests_full_ns = 0;
    Nanos tokens_full_ns = 0;
  };

  Account& account_of(std::string_view key, Nanos now_ns);

  RateLimits limits_;
  std::size_t max_keys_;
  Nanos request_burst_ns_;
  std::list<Account> accounts_;  ///< most recently used first
  std::unordered_map<std::uint64_t, std::list<Account>::iterator> places_;
};

/// A RateLimiter that threads share. A call holds the lock for well under a microsecond.
class SharedRateLimiter {
 public:
  explicit SharedRateLimiter(const RateLimits& limits) : limiter_(limits) {}

  [[nodiscard]] RateDecision admit(std::string_view key, Nanos now_ns, std::uint64_t tokens) {
    const std::lock_guard lock(mutex_);
    return limiter_.admit(key, now_ns, tokens);
  }
  void settle(std::string_view key, Nanos now_ns, std::uint64_t reserved, std::uint64_t used) {
    const std::lock_guard lock(mutex_);
    limiter_.settle(key, now_ns, reserved, used);
  }
  [[nodiscard]] const RateLimits& limits() const { return limiter_.limits(); }

 private:
  std::mutex mutex_;
  RateLimiter limiter_;
};

/// The key of requests that bring none.
inline constexpr std::string_view kAnonymousKey = "anonymous";

}  // namespace hopcost::mockserver
