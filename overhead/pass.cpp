#include "overhead/pass.hpp"

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
constexpr Nanos kRequestTimeout = 30 * kSecond;

loadgen::Options load_options(const Arm& arm, const PassSpec& spec, const Placement& placement) {
  loadgen::Options options;
  options.targets = arm.targets;
  options.models = {{arm.model, 1}};
  options.headers = arm.headers;
  options.concurrency = spec.concurrency;
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

double share(Nanos cpu, Nanos elapsed) {
  return elapsed <= 0 ? 0.0 : static_cast<double>(cpu) / static_cast<double>(elapsed);
}

}  // namespace

Nanos wait_until_drained(const std::vector<pid_t>& roots) {
  const Nanos began = now_ns();
  Nanos quiet_since = began;
  TreeCpu before = sample_tree_cpu(roots);
  Nanos sampled = now_ns();
  while (now_ns() - began < kDrainLimit) {
    std::this_thread::sleep_for(
        std::chrono::nanoseconds(kDrainStep));  // what is measured is a rate
    TreeCpu after = sample_tree_cpu(roots);
    const Nanos now = now_ns();
    if (share(cpu_between(before, after), now - sampled) > kDrainedShare) quiet_since = now;
    if (now - quiet_since >= kDrainWindow) break;
    before = std::move(after);
    sampled = now;
  }
  return quiet_since - began;
}

Result<PassResult> run_pass(Standup& standup, const Arm& arm, const PassSpec& spec,
                            const Placement& placement, const std::stop_token& stop) {
  if (const auto alive = standup.check_alive(); !alive) return std::unexpected(alive.error());
  const auto stack_roots = standup.stack_roots();
  auto ours = standup.all_roots();
  ours.push_back(getpid());

  if (const auto reset = standup.backend().reset_stats(); !reset) {
    return std::unexpected(reset.error());
  }
  const auto backend_before = standup.backend().stats();
  if (!backend_before) return std::unexpected(backend_before.error());
  const auto machine_before = read_machine_cpu();
  const auto others_before = sample_other_cpu(ours);
  const auto stack_before = sample_tree_cpu(stack_roots);
  const Nanos began = now_ns();

  auto run = loadgen::run(load_options(arm, spec, placement), stop);

  const Nanos ended = now_ns();
  const auto others_after = sample_other_cpu(ours);
  const auto machine_after = read_machine_cpu();
  if (!run) {
    if (const auto alive = standup.check_alive(); !alive) return std::unexpected(alive.error());
    return std::unexpected(run.error());
  }
  const auto backend_after = standup.backend().stats();
  if (!backend_after) return std::unexpected(backend_after.error());

  PassResult pass;
  pass.arm = arm.name;
  pass.run = std::move(*run);
  if (arm.through_stack) {
    if (spec.drain) pass.drain_ns = wait_until_drained(stack_roots);
    pass.stack_cpu_ns = cpu_between(stack_before, sample_tree_cpu(stack_roots));
  }
  pass.backend_cpu_ns = backend_after->cpu_ns - backend_before->cpu_ns;
  pass.backend_requests = backend_after->requests - backend_before->requests;
  pass.backend_chunks = backend_after->chunks - backend_before->chunks;
  // Asking for the statistics the second time was a connection too.
  const auto connections = backend_after->connections - backend_before->connections;
  pass.backend_connections = connections > 0 ? connections - 1 : 0;
  pass.backend_lateness_p50_ns = backend_after->lateness_p50_ns;
  pass.backend_lateness_p99_ns = backend_after->lateness_p99_ns;
  pass.other_cpu_share = share(other_cpu_between(others_before, others_after), ended - began);
  pass.steal_share = share(machine_after.steal_ns - machine_before.steal_ns, ended - began);
  return pass;
}

}  // namespace hopcost::overhead
