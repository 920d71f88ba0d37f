#include "overhead/measure/pass.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <unistd.h>

#include "common/cpu.hpp"
#include "common/process.hpp"

namespace hopcost::overhead {
namespace {

constexpr Nanos kDrainWindow = 200 * kMillisecond;
constexpr Nanos kDrainStep = 50 * kMillisecond;
constexpr Nanos kDrainLimit = 5 * kSecond;
constexpr double kDrainedShare = 0.02;
constexpr std::size_t kMostThreads = 64;
constexpr Nanos kRequestTimeout = 30 * kSecond;

loadgen::Options load_options(const Arm& arm, const PassSpec& spec, const Placement& placement) {
  loadgen::Options options;
  options.targets = arm.targets;
  options.models = {{arm.model, 1}};
  options.headers = arm.headers;
  options.server_time = arm.server_time;
  options.concurrency = options.max_in_flight = spec.concurrency;
  options.rate_per_s = spec.rate_per_s;
  options.spawn_per_s = spec.spawn_per_s;
  options.arrival.kind = spec.arrival;
  options.seed = spec.seed;
  options.acknowledge_at_once = spec.acknowledge_at_once;
  options.duration = spec.duration;
  options.warmup = spec.warmup;
  options.stream = spec.mode == Mode::stream;
  options.prompt_tokens = spec.prompt_tokens;
  options.output_tokens = spec.output_tokens;
  options.stamps = true;
  options.idle = placement.spin ? loadgen::Idle::spin : loadgen::Idle::block;
  options.timeouts.total = kRequestTimeout;
  options.cpus = placement.generator;
  return options;
}

/// All zero where the backend is not ours.
Result<BackendStats> counters_of(Site& site, bool reset) {
  Backend* const backend = site.own_backend();
  if (backend == nullptr) return BackendStats{};
  if (reset) {
    if (const auto done = backend->reset_stats(); !done) return std::unexpected(done.error());
  }
  return backend->stats();
}

double share(Nanos cpu, Nanos elapsed) {
  return elapsed <= 0 ? 0.0 : static_cast<double>(cpu) / static_cast<double>(elapsed);
}

/// after - before, where both are known; processes that have ended in between took theirs along.
std::optional<std::uint64_t> grown(const std::optional<std::uint64_t>& before,
                                   const std::optional<std::uint64_t>& after) {
  const std::uint64_t earlier = before.value_or(0);
  const std::uint64_t later = after.value_or(0);
  if (!before || !after || later < earlier) return std::nullopt;
  return later - earlier;
}

std::optional<PressureShares> pressure_between(const std::optional<Pressure>& before,
                                               const std::optional<Pressure>& after,
                                               Nanos elapsed) {
  if (!before || !after) return std::nullopt;
  return PressureShares{share(after->cpu_ns - before->cpu_ns, elapsed),
                        share(after->io_ns - before->io_ns, elapsed),
                        share(after->memory_ns - before->memory_ns, elapsed)};
}

}  // namespace

Nanos wait_until_drained(const Site& site, const Arm& arm) {
  const Nanos began = now_ns();
  Nanos quiet_since = began;
  auto before = site.stack_cpu(arm);
  Nanos sampled = now_ns();
  while (before && now_ns() - began < kDrainLimit) {
    std::this_thread::sleep_for(
        std::chrono::nanoseconds(kDrainStep));  // what is measured is a rate
    auto after = site.stack_cpu(arm);
    const Nanos now = now_ns();
    if (!after) break;
    if (share(cpu_between(*before, *after), now - sampled) > kDrainedShare) quiet_since = now;
    if (now - quiet_since >= kDrainWindow) break;
    before = std::move(after);
    sampled = now;
  }
  return quiet_since - began;
}

Result<PassResult> run_pass(Site& site, const Arm& arm, const PassSpec& spec,
                            const Placement& placement, const std::stop_token& stop) {
  if (const auto alive = site.check_alive(); !alive) return std::unexpected(alive.error());
  const auto taking_part = site.taking_part();
  auto ours = taking_part.value_or(std::vector<pid_t>{});
  ours.push_back(getpid());

  const auto backend_before = counters_of(site, true);
  if (!backend_before) return std::unexpected(backend_before.error());
  const auto machine_before = read_machine_cpu();
  const auto others_before = sample_other_cpu(ours);
  const auto stack_before = site.stack_use(arm);
  const auto pressure_before = read_pressure();
  const Nanos began = now_ns();

  auto options = load_options(arm, spec, placement);
  options.stamps = site.one_clock();
  const auto drive = spec.drive ? spec.drive : site.driver();
  auto run = drive ? drive(options, stop) : loadgen::run(options, stop);

  const Nanos ended = now_ns();
  const auto stack_at_end = site.stack_cpu(arm);
  const auto pressure_after = read_pressure();
  const auto others_after = sample_other_cpu(ours);
  const auto machine_after = read_machine_cpu();
  if (!run) {
    if (const auto alive = site.check_alive(); !alive) return std::unexpected(alive.error());
    return std::unexpected(run.error());
  }
  const auto backend_after = counters_of(site, false);
  if (!backend_after) return std::unexpected(backend_after.error());

  PassResult pass;
  pass.arm = arm.name;
  pass.run = std::move(*run);
  options.headers.clear();
  pass.options = std::move(options);
  if (arm.through_stack && stack_before) {
    pass.stack_memory_bytes = site.stack_memory(*stack_before);
    if (spec.drain) pass.drain_ns = wait_until_drained(site, arm);
    if (const auto after = site.stack_use(arm)) {
      pass.stack_storage_bytes = grown(stack_before->storage_bytes, after->storage_bytes);
      pass.stack_cpu_ns = cpu_between(stack_before->cpu, after->cpu);
      if (stack_at_end && spec.drain) pass.deferred_cpu_ns = cpu_between(*stack_at_end, after->cpu);
      pass.busiest_threads_ns =
          busiest_between(stack_before->by_thread, after->by_thread, kMostThreads);
    }
  }
  pass.metrics = site.scraped_metrics();
  pass.sees_backend = site.own_backend() != nullptr;
  pass.backend_cpu_ns = backend_after->cpu_ns - backend_before->cpu_ns;
  pass.backend_requests = backend_after->requests - backend_before->requests;
  if (spec.drive) {
    // Harnesses warm up, and drop what is under way at the end, without a word.
    auto& sent = pass.run.counters.requests_total;
    sent = std::max(sent, pass.backend_requests);
  }
  pass.backend_chunks = backend_after->chunks - backend_before->chunks;
  // Asking for the statistics the second time was a connection too, to each replica.
  const auto connections = backend_after->connections - backend_before->connections;
  const std::uint64_t asking = pass.sees_backend ? site.own_backend()->apis().size() : 0;
  pass.backend_connections = connections > asking ? connections - asking : 0;
  pass.backend_lateness_p50_ns = backend_after->lateness_p50_ns;
  pass.backend_lateness_p99_ns = backend_after->lateness_p99_ns;
  pass.knows_others = taking_part.has_value();
  if (pass.knows_others) {
    pass.other_cpu_share = share(other_cpu_between(others_before, others_after), ended - began);
  }
  pass.took_ns = ended - began;
  if (site.on_this_host()) {
    pass.pressure = pressure_between(pressure_before, pressure_after, pass.took_ns);
    pass.steal_share = share(machine_after.steal_ns - machine_before.steal_ns, ended - began);
  }
  return pass;
}

}  // namespace hopcost::overhead
