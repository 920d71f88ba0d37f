#include "loadgen/calibration.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "loadgen/run.hpp"

namespace hopcost::loadgen {
namespace {

constexpr std::array kProbes{64, 512};  // words
constexpr std::uint64_t kEach = 4;      // prompts of that length: their words differ

Result<double> mean_tokens(const Options& options, int words, const std::stop_token& stop) {
  Options probe;
  probe.targets = {options.targets.front()};
  probe.models = {options.models.front()};
  probe.headers = options.headers;
  probe.api_key = options.api_key;
  probe.timeouts = options.timeouts;
  probe.ca_file = options.ca_file;
  probe.insecure = options.insecure;
  probe.api = options.api;
  probe.extra_body = options.extra_body;
  probe.prompt_tokens = words;
  probe.output_tokens = 1;
  probe.seed = options.seed + 1;
  probe.max_requests = kEach;
  probe.warmup = 0;
  probe.duration = options.timeouts.total * static_cast<Nanos>(kEach);
  const auto result = run(probe, stop);
  if (!result) return std::unexpected(result.error());
  const auto& counters = result->counters;
  if (counters.ok == 0) {
    const auto first = std::ranges::find_if(result->failure_samples,
                                            [](const auto& sample) { return !sample.empty(); });
    return fail(
        ErrorCode::unreachable,
        fmt::format("calibration: {}", first == result->failure_samples.end() ? "stopped" : *first),
        options.targets.front().url());
  }
  if (counters.prompt_tokens == 0) {
    return fail(ErrorCode::unreachable, "calibration: replies say no usage.prompt_tokens",
                options.targets.front().url());
  }
  return static_cast<double>(counters.prompt_tokens) / static_cast<double>(counters.ok);
}

}  // namespace

Result<Calibration> calibrate(const Options& options, const std::stop_token& stop) {
  const auto small = mean_tokens(options, kProbes.front(), stop);
  if (!small) return std::unexpected(small.error());
  const auto large = mean_tokens(options, kProbes.back(), stop);
  if (!large) return std::unexpected(large.error());
  const double per_word = (*large - *small) / (kProbes.back() - kProbes.front());
  if (!(per_word > 0)) {
    return fail(ErrorCode::unreachable,
                fmt::format("calibration: {} words are {} tokens, {} words are {}", kProbes.front(),
                            *small, kProbes.back(), *large),
                options.targets.front().url());
  }
  return Calibration{*small - per_word * kProbes.front(), per_word};
}

}  // namespace hopcost::loadgen
