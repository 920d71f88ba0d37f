// Round trips of one user, straight to a mockserver and through the reference proxy, as processes
// of their own. The time is the median of what the load generator measures in one run.

#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "loadgen/run.hpp"
#include "overhead/site/standup.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::overhead;

constexpr std::uint64_t kRequests = 500;

/// Mock and proxy, for as long as the program runs; their output goes with them.
class Pair {
 public:
  ~Pair() {
    standup_.reset();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Result<void> start() {
    const auto manifest = find_manifest("reference");
    if (!manifest) return std::unexpected(manifest.error());
    const auto folder = make_scratch_folder();
    if (!folder) return std::unexpected(folder.error());
    folder_ = *folder;
    StandupSpec spec;
    spec.manifest = *manifest;
    spec.placement = placement;
    spec.logs = folder_;
    auto started = Standup::start(spec);
    if (!started) return std::unexpected(started.error());
    standup_ = std::move(*started);
    return {};
  }
  [[nodiscard]] const std::vector<ApiBase>& targets(bool through_proxy) const {
    return through_proxy ? standup_->stack_targets() : standup_->backend().apis();
  }
  Placement placement = place(allowed_cpus(), true);

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Standup> standup_;
};

/// Started by the first benchmark that wants it.
Result<const Pair*> pair() {
  static Pair both;
  static const Result<void> kStarted = both.start();
  if (!kStarted) return std::unexpected(kStarted.error());
  return &both;
}

void round_trip(benchmark::State& state, bool through_proxy, bool stream) {
  const auto both = pair();
  if (!both) {
    state.SkipWithError(both.error().to_string().c_str());
    return;
  }
  loadgen::Options options;
  options.targets = (*both)->targets(through_proxy);
  options.cpus = (*both)->placement.generator;
  options.max_requests = kRequests;
  options.warmup = 0;
  options.duration = 60 * kSecond;  // the number of requests ends it
  options.stream = stream;
  options.output_tokens = 16;
  options.idle = (*both)->placement.spin ? loadgen::Idle::spin : loadgen::Idle::block;
  for (auto _ : state) {
    const auto run = loadgen::run(options);
    if (!run || run->counters.failed() > 0) {
      state.SkipWithError(run ? "requests failed" : run.error().to_string().c_str());
      return;
    }
    const auto median = run->metrics[loadgen::Metric::e2e].quantile(0.5);
    state.SetIterationTime(median.value_or(0) / 1e9);
  }
}

void unary_direct(benchmark::State& state) {
  round_trip(state, false, false);
}
void unary_through_proxy(benchmark::State& state) {
  round_trip(state, true, false);
}
void stream16_direct(benchmark::State& state) {
  round_trip(state, false, true);
}
void stream16_through_proxy(benchmark::State& state) {
  round_trip(state, true, true);
}
// Each iteration is a run of so many requests: the time that counts is far shorter than it takes.
constexpr int kRuns = 5;
BENCHMARK(unary_direct)->UseManualTime()->Iterations(kRuns)->Unit(benchmark::kMicrosecond);
BENCHMARK(unary_through_proxy)->UseManualTime()->Iterations(kRuns)->Unit(benchmark::kMicrosecond);
BENCHMARK(stream16_direct)->UseManualTime()->Iterations(kRuns)->Unit(benchmark::kMicrosecond);
BENCHMARK(stream16_through_proxy)
    ->UseManualTime()
    ->Iterations(kRuns)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
