#include "mockserver/fault/rate_limiter.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

constexpr Nanos kMinute = 60 * kSecond;
constexpr std::int64_t kMostPerMinute = 1'000'000'000;
constexpr Nanos kLongestBurst = 60 * kMinute;
/// More in one request would not fit the arithmetic of nanoseconds.
constexpr std::uint64_t kMostTokens = 100'000'000;

/// How long a bucket takes to fill by `amount`. Rounded down, so that a full bucket of n holds n.
Nanos time_of(std::uint64_t amount, std::uint64_t per_minute) {
  if (per_minute == 0) return 0;
  return static_cast<Nanos>(std::min(amount, kMostTokens)) * kMinute /
         static_cast<Nanos>(per_minute);
}

std::uint64_t amount_of(Nanos time, std::uint64_t per_minute) {
  if (time <= 0) return 0;
  // What rounding down took, and what floating point may lose, is far below a millionth.
  return static_cast<std::uint64_t>(static_cast<double>(time) * static_cast<double>(per_minute) /
                                        static_cast<double>(kMinute) +
                                    1e-6);
}

BudgetState state_of(Nanos full_ns, Nanos now_ns, Nanos burst_ns, std::uint64_t per_minute) {
  if (per_minute == 0) return {};
  const Nanos missing = std::max<Nanos>(full_ns - now_ns, 0);
  return {.limit = amount_of(burst_ns, per_minute),
          .remaining = amount_of(burst_ns - missing, per_minute),
          .reset_ns = missing};
}

Nanos rounded_up(Nanos ns, Nanos unit) {
  return (ns + unit - 1) / unit;
}

void append_budget(std::string& head, std::string_view name, const BudgetState& state) {
  if (state.limit == 0) return;
  fmt::format_to(std::back_inserter(head),
                 "x-ratelimit-limit-{0}: {1}\r\nx-ratelimit-remaining-{0}: {2}\r\n"
                 "x-ratelimit-reset-{0}: {3}\r\n",
                 name, state.limit, state.remaining, reset_text(state.reset_ns));
}

}  // namespace

RateLimits decode_rate_limits(const YamlNode& node) {
  RateLimits limits;
  auto fields = node.fields();
  const auto number = [&](std::string_view name, std::uint64_t& field) {
    if (const auto value = fields.take(name)) {
      field = static_cast<std::uint64_t>(value->as_int(1, kMostPerMinute));
    }
  };
  number("requests_per_minute", limits.requests_per_minute);
  number("tokens_per_minute", limits.tokens_per_minute);
  if (const auto burst = fields.take("burst")) {
    limits.burst_ns = burst->as_duration();
    if (limits.burst_ns < kMillisecond || limits.burst_ns > kLongestBurst) {
      burst->complain("must be from 1ms to 1h");
    }
    if (amount_of(limits.burst_ns, limits.tokens_per_minute) == 0 &&
        limits.tokens_per_minute != 0) {
      burst->complain("is too short for one token");
    }
  }
  fields.finish();
  if (limits.none()) node.complain("must have requests_per_minute, tokens_per_minute or both");
  return limits;
}

nlohmann::ordered_json to_json(const RateLimits& limits) {
  auto json = nlohmann::ordered_json::object();
  if (limits.requests_per_minute != 0) json["requests_per_minute"] = limits.requests_per_minute;
  if (limits.tokens_per_minute != 0) json["tokens_per_minute"] = limits.tokens_per_minute;
  json["burst"] = duration_text(limits.burst_ns);
  return json;
}

std::string reset_text(Nanos ns) {
  const Nanos ms = rounded_up(std::max<Nanos>(ns, 0), kMillisecond);
  if (ms == 0) return "0s";
  if (ms < 1000) return fmt::format("{}ms", ms);
  const Nanos hours = ms / 3'600'000;
  const Nanos minutes = ms / 60'000 % 60;
  std::string text;
  if (hours > 0) text += fmt::format("{}h", hours);
  if (hours > 0 || minutes > 0) text += fmt::format("{}m", minutes);
  text += std::to_string(ms / 1000 % 60);
  if (ms % 1000 != 0) {
    text += fmt::format(".{:03}", ms % 1000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "s";
}

void append_headers(std::string& head, const RateDecision& decision) {
  append_budget(head, "requests", decision.requests);
  append_budget(head, "tokens", decision.tokens);
  if (decision.allowed) return;
  if (decision.never) {
    head += "x-should-retry: false\r\n";
    return;
  }
  fmt::format_to(std::back_inserter(head), "retry-after: {}\r\nretry-after-ms: {}\r\n",
                 rounded_up(decision.retry_after_ns, kSecond),
                 rounded_up(decision.retry_after_ns, kMillisecond));
}

ApiError refusal(const RateDecision& decision) {
  const bool tokens = decision.exhausted == Exhausted::tokens;
  ApiError error;
  error.status = 429;
  error.type = tokens ? "tokens" : "requests";
  error.code = "rate_limit_exceeded";
  if (decision.never) {
    error.message = fmt::format("Request too large: limit {} tokens at once, requested {}.",
                                decision.tokens.limit, decision.asked_tokens);
  } else {
    error.message = fmt::format(
        "Rate limit reached on {}: limit {} per minute, remaining {}. Please try again in {}.",
        tokens ? "tokens per min (TPM)" : "requests per min (RPM)", decision.per_minute,
        tokens ? decision.tokens.remaining : decision.requests.remaining,
        reset_text(decision.retry_after_ns));
  }
  return error;
}

RateLimiter::RateLimiter(const RateLimits& limits, std::size_t max_keys)
    : limits_(limits),
      max_keys_(std::max<std::size_t>(max_keys, 1)),
      request_burst_ns_(std::max(limits.burst_ns, time_of(1, limits.requests_per_minute))) {}

RateLimiter::Account& RateLimiter::account_of(std::string_view key, Nanos now_ns) {
  const std::uint64_t hash = std::hash<std::string_view>{}(key);
  if (const auto place = places_.find(hash); place != places_.end()) {
    accounts_.splice(accounts_.begin(), accounts_, place->second);
    return accounts_.front();
  }
  if (accounts_.size() == max_keys_) {
    // The oldest one's place in the list is used again.
    places_.erase(accounts_.back().key);
    accounts_.splice(accounts_.begin(), accounts_, std::prev(accounts_.end()));
  } else {
    accounts_.emplace_front();
  }
  accounts_.front() = {.key = hash, .requests_full_ns = now_ns, .tokens_full_ns = now_ns};
  places_.emplace(hash, accounts_.begin());
  return accounts_.front();
}

RateDecision RateLimiter::admit(std::string_view key, Nanos now_ns, std::uint64_t tokens) {
  RateDecision decision;
  decision.asked_tokens = tokens;
  if (limits_.none()) return decision;
  Account& account = account_of(key, now_ns);
  const Nanos token_time = time_of(tokens, limits_.tokens_per_minute);
  const Nanos requests_full =
      std::max(account.requests_full_ns, now_ns) + time_of(1, limits_.requests_per_minute);
  const Nanos tokens_full = std::max(account.tokens_full_ns, now_ns) + token_time;
  const Nanos request_wait =
      limits_.requests_per_minute == 0 ? 0 : requests_full - now_ns - request_burst_ns_;
  const Nanos token_wait =
      limits_.tokens_per_minute == 0 ? 0 : tokens_full - now_ns - limits_.burst_ns;
  decision.never = limits_.tokens_per_minute != 0 && token_time > limits_.burst_ns;
  decision.allowed = request_wait <= 0 && token_wait <= 0;
  if (decision.allowed) {
    if (limits_.requests_per_minute != 0) account.requests_full_ns = requests_full;
    if (limits_.tokens_per_minute != 0) account.tokens_full_ns = tokens_full;
  } else {
    const bool by_tokens = decision.never || token_wait > request_wait;
    decision.exhausted = by_tokens ? Exhausted::tokens : Exhausted::requests;
    decision.per_minute = by_tokens ? limits_.tokens_per_minute : limits_.requests_per_minute;
    if (!decision.never) decision.retry_after_ns = std::max(request_wait, token_wait);
  }
  decision.requests =
      state_of(account.requests_full_ns, now_ns, request_burst_ns_, limits_.requests_per_minute);
  decision.tokens =
      state_of(account.tokens_full_ns, now_ns, limits_.burst_ns, limits_.tokens_per_minute);
  return decision;
}

void RateLimiter::settle(std::string_view key, Nanos now_ns, std::uint64_t reserved,
                         std::uint64_t used) {
  if (limits_.tokens_per_minute == 0 || used == reserved) return;
  const Nanos difference =
      time_of(used, limits_.tokens_per_minute) - time_of(reserved, limits_.tokens_per_minute);
  Account& account = account_of(key, now_ns);
  if (difference < 0) {
    account.tokens_full_ns += difference;
    return;
  }
  // A debt is bounded: a key must not be shut out for hours by one answer.
  account.tokens_full_ns = std::min(std::max(account.tokens_full_ns, now_ns) + difference,
                                    now_ns + 2 * limits_.burst_ns);
}

}  // namespace hopcost::mockserver
