#include "loadgen/probe.hpp"

namespace hopcost::loadgen {

Options few_requests(const Options& options, std::uint64_t count) {
  Options few = options;
  few.rate_per_s = 0;
  few.stages.clear();
  few.replay = false;
  few.concurrency = 1;
  few.threads = 1;
  few.spawn_per_s = 0;
  few.think_time = {};
  few.max_requests = count;
  few.warmup = few.cooldown = 0;
  constexpr Nanos kPatience = 600 * kSecond;  // where a request has no limit
  const Nanos each = options.timeouts.total > 0 ? options.timeouts.total : kPatience;
  few.duration = each * static_cast<Nanos>(count);
  few.calibrate = false;
  few.record = 0;
  few.stop_if.clear();
  few.start_at = 0;
  few.share = 0;
  few.shares = 1;
  few.seed = options.seed + 1;
  return few;
}

}  // namespace hopcost::loadgen
