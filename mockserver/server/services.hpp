#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "common/error.hpp"
#include "mockserver/admin/exchange_writer.hpp"
#include "mockserver/admin/replay_book.hpp"
#include "mockserver/fault/api_keys.hpp"
#include "mockserver/fault/fault_rule.hpp"
#include "mockserver/fault/rate_limiter.hpp"
#include "mockserver/scenario/scenario.hpp"
#include "mockserver/server/engine.hpp"
#include "mockserver/time/prefix_cache.hpp"

namespace hopcost::mockserver {

/// A PrefixCache that threads share.
class SharedPrefixCache {
 public:
  explicit SharedPrefixCache(const PrefixCacheSettings& settings) : cache_(settings) {}

  [[nodiscard]] CacheUse lookup_and_insert(std::string_view prompt, std::uint64_t salt) {
    const std::lock_guard lock(mutex_);
    return cache_.lookup_and_insert(prompt, salt);
  }
  struct Counts {
    std::uint64_t query_tokens = 0;
    std::uint64_t hit_tokens = 0;
    std::size_t blocks = 0;
  };
  [[nodiscard]] Counts counts() const {
    const std::lock_guard lock(mutex_);
    return {cache_.query_tokens(), cache_.hit_tokens(), cache_.blocks()};
  }

 private:
  mutable std::mutex mutex_;
  PrefixCache cache_;
};

/// What the workers of one server share under one scenario; each part is there only where the
/// scenario asks for it, and locks for itself. Made on the control thread; requests hold on to the
/// services they began with.
struct Services {
  /// Parts whose settings did not change are carried over from `before`, with all they hold. An
  /// Error where a file or a variable that the scenario names is of no use.
  [[nodiscard]] static Result<std::shared_ptr<const Services>> make(const Scenario& scenario,
                                                                    asio::io_context& control,
                                                                    const Services* before);

  /// The state of the profile at `now_ns`.
  [[nodiscard]] ProfileState state(Nanos now_ns) const { return profile.at(now_ns - started_ns); }
  /// Whether every request gets what it asks for, at its model's own pace: what the fast path can
  /// do.
  [[nodiscard]] bool plain() const;

  ApiKeys keys;
  FaultChooser faults;
  Profile profile;
  Nanos started_ns = 0;  ///< of the profile
  LoadModel load;
  PrefixCacheSettings cache_settings;
  std::shared_ptr<Engine> engine;
  std::shared_ptr<SharedRateLimiter> limiter;
  std::shared_ptr<SharedPrefixCache> prefix_cache;
  std::shared_ptr<const ReplayBook> replay;
  std::shared_ptr<ExchangeWriter> record;
  /// Of API requests, over all workers; fault rules count by it.
  std::shared_ptr<std::atomic<std::uint64_t>> request_number;
  /// Open now, over all workers.
  std::shared_ptr<std::atomic<std::uint64_t>> connections;
};

}  // namespace hopcost::mockserver
