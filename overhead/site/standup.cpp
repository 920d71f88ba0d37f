#include "overhead/site/standup.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

#include <fmt/format.h>

#include "common/http_client.hpp"
#include "overhead/site/instance.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoopback = "127.0.0.1";
constexpr Nanos kWorkersTimeout = 5 * kSecond;
constexpr Nanos kQuickStart = kSecond;  // nothing is left to load behind such a start

/// What cannot be stood up, and why.
Result<void> refuse(const StandupSpec& spec) {
  const auto& manifest = spec.manifest;
  const std::string where = "stack " + manifest.name;
  if (const auto missing = what_is_missing(manifest)) {
    return fail(ErrorCode::unreachable,
                fmt::format("{}; to install it: {}", *missing, how_to_install(manifest)), where);
  }
  // A knob that reaches nothing is a mismatch of what is seen, with its evidence.
  if (spec.workers > 1 && manifest.worker().workers_knob.empty() &&
      !manifest.worker().uses("{workers}")) {
    return fail(ErrorCode::usage,
                fmt::format("it has no knob for {} workers: use --replicas", spec.workers), where);
  }
  const bool chain = !manifest.behind.empty();
  if (!chain && (spec.backend != nullptr || spec.backends == 1)) return {};
  const int instances = spec.replicas * (chain ? manifest.instances_behind : 1);
  if (spec.backends > std::max(1, instances) && !manifest.worker().spreads()) {
    return fail(ErrorCode::usage,
                fmt::format("each instance of it has one backend (its manifest names neither "
                            "{{backend_urls}} nor each_backend): {} of {} backends would be idle",
                            spec.backends - instances, spec.backends),
                where);
  }
  for (const auto& [name, value] : manifest.headers) {
    if (value.find("{backend_") == std::string::npos) continue;
    return fail(ErrorCode::usage,
                fmt::format("clients tell it its backend (header {}), one for all instances: use "
                            "one backend",
                            name),
                where);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Standup>> Standup::start(const StandupSpec& spec) {
  if (const auto refused = refuse(spec); !refused) return std::unexpected(refused.error());
  std::unique_ptr<Standup> standup(new Standup);
  standup->name_ = spec.manifest.name;
  standup->key_ = spec.key.empty() ? draw_key() : spec.key;
  standup->backend_ = spec.backend;
  if (spec.backend == nullptr) {
    const int threads = std::max(1, static_cast<int>(spec.placement.backend.size()));
    auto backend = Backend::start({spec.backend_port, spec.backends, spec.placement.backend,
                                   threads, spec.logs / "backend.log", spec.backend_config});
    if (!backend) return std::unexpected(backend.error());
    standup->own_ = std::make_unique<Backend>(std::move(*backend));
    standup->backend_ = standup->own_.get();
  }
  const Nanos began = now_ns();
  for (int i = 0; i < spec.replicas; ++i) {
    const auto started = spec.manifest.behind.empty() ? standup->start_alone(spec, i)
                                                      : standup->start_chain(spec, i);
    if (!started) return std::unexpected(started.error());
  }
  // What the first worker took, the others may take as well.
  const Nanos patience = std::max(kWorkersTimeout, now_ns() - began);
  standup->look_for_workers(spec, patience);
  if (now_ns() - began > kQuickStart) {
    for (const auto& process : standup->processes_) wait_until_at_rest(process, patience);
  }
  return standup;
}

/// One instance in front of the backends.
Result<void> Standup::start_alone(const StandupSpec& spec, int index) {
  const auto port = choose_port(spec, index);
  if (!port) return std::unexpected(port.error());
  const auto instance = start_instance(
      spec, spec.manifest,
      {.index = index, .workers = spec.workers, .port = *port, .backends = backend_->apis()});
  if (!instance) return std::unexpected(instance.error());
  workers_at_.emplace_back(processes_.size() - 1, *port);
  targets_.push_back(instance->api);
  return {};
}

/// The instances behind, and the one that balances over them, with one worker.
Result<void> Standup::start_chain(const StandupSpec& spec, int index) {
  std::vector<ApiBase> behind;
  for (int i = 0; i < spec.manifest.instances_behind; ++i) {
    const auto port = find_free_port(kLoopback);
    if (!port) return std::unexpected(port.error());
    const auto instance = start_instance(spec, spec.manifest.worker(),
                                         {.index = index * spec.manifest.instances_behind + i,
                                          .workers = spec.workers,
                                          .port = *port,
                                          .backends = backend_->apis()});
    if (!instance) return std::unexpected(instance.error());
    workers_at_.emplace_back(processes_.size() - 1, *port);
    behind.push_back(instance->api);
  }
  const auto port = choose_port(spec, index);
  if (!port) return std::unexpected(port.error());
  const auto front = start_instance(
      spec, spec.manifest, {.index = index, .workers = 1, .port = *port, .backends = behind});
  if (!front) return std::unexpected(front.error());
  targets_.push_back(front->api);
  return {};
}

Result<std::uint16_t> Standup::choose_port(const StandupSpec& spec, int index) {
  if (spec.stack_port == 0) return find_free_port(kLoopback);
  const auto port = static_cast<std::uint16_t>(spec.stack_port + index);
  if (port_is_taken({kLoopback, port})) {
    return fail(ErrorCode::unreachable, fmt::format("port {} is already in use", port),
                "stack " + spec.manifest.name);
  }
  return port;
}

/// Starts it and waits until it is ready; `what` lacks the folder, the key and the second port.
Result<ReadyCheck> Standup::start_instance(const StandupSpec& spec, const StackManifest& manifest,
                                           InstanceSpec what) {
  const auto scratch = make_scratch_folder();
  if (!scratch) return std::unexpected(scratch.error());
  scratch_.push_back(*scratch);
  what.dir = *scratch;
  what.key = key_;
  what.admin_port = what.port;
  while (what.admin_port == what.port) {
    const auto port = find_free_port(kLoopback);
    if (!port) return std::unexpected(port.error());
    what.admin_port = *port;
  }
  auto instance = fill_in(manifest, what);
  if (!instance) return std::unexpected(instance.error());
  model_ = instance->check.model;
  headers_ = instance->check.headers;
  const auto log =
      spec.logs / fmt::format("{}-w{}-{}.log", manifest.name, what.workers, what.index + 1);
  for (auto* const command : {&instance->prepare, &instance->command}) {
    command->cpus = spec.placement.stack;
    command->log = log;
  }
  if (!manifest.prepare.empty()) {
    const auto prepared = run_to_end(instance->prepare, manifest.ready_timeout);
    if (!prepared) return std::unexpected(prepared.error());
    if (prepared->code != 0) {
      return fail(ErrorCode::unreachable,
                  fmt::format("what prepares its start {}; it wrote:\n{}",
                              prepared->code ? fmt::format("ended with {}", *prepared->code)
                                             : "took too long",
                              prepared->output),
                  instance->check.what);
    }
  }
  instance->command.scratch = *scratch;  // also if nobody is left to clear up
  auto process = SupervisedProcess::start(instance->command);
  if (!process) return std::unexpected(process.error());
  processes_.push_back(std::move(*process));
  if (const auto ready = wait_until_ready(processes_.back(), instance->check); !ready) {
    return std::unexpected(ready.error());
  }
  return std::move(instance->check);
}

/// Ready may mean that one worker of several is up: gives the others time to appear.
void Standup::look_for_workers(const StandupSpec& spec, Nanos patience) {
  const auto& manifest = spec.manifest.worker();
  workers_.asked = spec.workers;
  workers_.verifiable = manifest.workers_seen_as != WorkersSeenAs::not_verifiable;
  workers_.how = how_workers_are_seen(manifest);
  workers_are_processes_ = manifest.workers_seen_as == WorkersSeenAs::processes ||
                           manifest.workers_seen_as == WorkersSeenAs::listeners;
  if (!workers_.verifiable) return;
  const Nanos deadline = now_ns() + std::min(patience, manifest.ready_timeout);
  while (true) {
    workers_.seen.clear();
    for (const auto& [process, port] : workers_at_) {
      workers_.seen.push_back(count_workers(processes_[process].supervisor(), manifest, port));
    }
    if (!workers_.mismatch() || now_ns() > deadline) return;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20));  // another program: no event to await
  }
}

Standup::~Standup() {
  processes_.clear();
  own_.reset();
  std::error_code ignored;
  for (const auto& folder : scratch_) fs::remove_all(folder, ignored);
}

std::vector<pid_t> Standup::stack_roots() const {
  std::vector<pid_t> roots;
  for (const auto& process : processes_) roots.push_back(process.supervisor());
  return roots;
}

std::optional<TreeCpu> Standup::stack_cpu(const Arm& /*arm*/) const {
  return sample_tree_cpu(stack_roots());
}

int Standup::worker_processes() const {
  if (!workers_are_processes_ || workers_.mismatch()) return 0;
  return std::accumulate(workers_.seen.begin(), workers_.seen.end(), 0);
}

std::optional<std::vector<pid_t>> Standup::taking_part() const {
  auto roots = stack_roots();
  for (const pid_t pid : backend_->supervisors()) roots.push_back(pid);
  return roots;
}

Result<void> Standup::check_alive() {
  for (auto& process : processes_) {
    if (const auto code = process.ended()) {
      return fail(ErrorCode::unreachable,
                  fmt::format("ended with exit code {} while it was measured; its last lines:\n{}",
                              *code, process.log_tail()),
                  "stack " + name_);
    }
  }
  return {};
}

}  // namespace hopcost::overhead
