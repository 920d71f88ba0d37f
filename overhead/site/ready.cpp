#include "overhead/site/ready.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/http_client.hpp"
#include "common/process.hpp"
#include "common/units.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

constexpr Nanos kSample = 250 * kMillisecond;

/// Asks for one short completion. Empty: the answer is valid; else what is wrong with it.
std::string try_completion(const ReadyCheck& check) {
  HttpExchange exchange;
  exchange.method = "POST";
  exchange.address = check.api.address;
  exchange.target = check.api.path + "/chat/completions";
  exchange.headers = check.headers;
  exchange.body = json{{"model", check.model},
                       {"messages", {{{"role", "user"}, {"content", "ready?"}}}},
                       {"max_tokens", 1}}
                      .dump();
  exchange.timeout = 30 * kSecond;  // the first request of a worker can take seconds
  const auto reply = http_exchange(exchange);
  if (!reply) return reply.error().to_string();
  if (reply->status != 200) {
    return fmt::format("HTTP {}: {}", reply->status, reply->body.substr(0, 300));
  }
  const auto body = json::parse(reply->body, nullptr, false);
  const json::json_pointer content("/choices/0/message/content");
  if (body.is_discarded() || !body.contains(content) || !body.at(content).is_string()) {
    return fmt::format("200, but not a completion: {}", reply->body.substr(0, 300));
  }
  return {};
}

/// How long the tree has used next to no CPU.
class Idleness {
 public:
  Idleness(pid_t root, double share) : root_(root), share_(share), before_(sample()) {}

  /// Takes another sample when the last one is old enough.
  Nanos so_far() {
    const Nanos now = now_ns();
    if (now - sampled_ < kSample) return sampled_ - busy_until_;
    const auto earlier = std::exchange(before_, sample_tree_cpu({root_}));
    const auto used = static_cast<double>(cpu_between(earlier, before_));
    if (used > share_ * static_cast<double>(now - sampled_)) busy_until_ = now;
    sampled_ = now;
    return sampled_ - busy_until_;
  }

 private:
  TreeCpu sample() {
    sampled_ = busy_until_ = now_ns();
    return sample_tree_cpu({root_});
  }

  pid_t root_;
  double share_;
  Nanos sampled_ = 0;
  Nanos busy_until_ = 0;
  TreeCpu before_;
};

}  // namespace

Result<void> wait_until_ready(SupervisedProcess& process, const ReadyCheck& check) {
  const Nanos deadline = now_ns() + check.timeout;
  std::string last = "no answer yet";
  const auto never = [&](const std::string& why) {
    return fail(ErrorCode::unreachable,
                fmt::format("{}: {}; its last lines:\n{}", why, last, process.log_tail()),
                check.what);
  };
  auto address = check.api.address;
  if (check.port != 0) address.port = check.port;
  constexpr double kAlive = 0.005;
  Idleness idle(process.supervisor(), kAlive);
  for (Nanos pause = kMillisecond;; pause = std::min(pause * 2, 100 * kMillisecond)) {
    if (const auto code = process.ended()) {
      return fail(ErrorCode::unreachable,
                  fmt::format("ended with exit code {} before it was ready; its last lines:\n{}",
                              *code, process.log_tail()),
                  check.what);
    }
    const auto reply = http_exchange({.method = "GET",
                                      .address = address,
                                      .target = check.path,
                                      .headers = check.headers,
                                      .body = {}});
    if (reply && reply->status == 200) {
      last = try_completion(check);
      if (last.empty()) return {};
    } else {
      last = reply ? fmt::format("GET {}: HTTP {}", check.path, reply->status)
                   : reply.error().to_string();
    }
    if (now_ns() > deadline) {
      return never(fmt::format("not ready within {}", duration_text(check.timeout)));
    }
    // An answer keeps it busy; one that never comes does not.
    if (!reply && idle.so_far() > check.idle_limit) {
      return never(fmt::format("not ready, and idle for {}", duration_text(check.idle_limit)));
    }
    std::this_thread::sleep_for(
        std::chrono::nanoseconds(pause));  // another program: no event to await
  }
}

void wait_until_at_rest(const SupervisedProcess& process, Nanos limit) {
  constexpr double kAtRest = 0.05;
  constexpr Nanos kLongEnough = 2 * kSample;
  const Nanos deadline = now_ns() + limit;
  Idleness idle(process.supervisor(), kAtRest);
  while (now_ns() < deadline && idle.so_far() < kLongEnough) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(kSample / 5));  // what is seen is a rate
  }
}

}  // namespace hopcost::overhead
