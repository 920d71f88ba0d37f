#include "mockserver/server/worker.hpp"

#include <algorithm>
#include <pthread.h>
#include <vector>

#include "mockserver/server/connection.hpp"

namespace hopcost::mockserver {

Worker::Worker(std::size_t index, std::uint64_t seed, const ServerOptions& options, Admin& admin,
               std::shared_ptr<const Services> services)
    : index_(index),
      options_(options),
      admin_(admin),
      ids_(seed, index),
      random_(Random::mix(options.scenario.seed ^ (index + 1))),
      compiled_(compile(options.scenario, std::move(services))),
      sweep_(loop_.deadlines(), [this] { sweep(); }) {}

Worker::~Worker() {
  loop_.stop();
  join();
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  const auto name = "mock-" + std::to_string(index_);
  pthread_setname_np(pthread_self(), name.c_str());
  if (!options_.cpus.empty()) {
    // The server has checked that these CPUs may be used.
    [[maybe_unused]] const auto pinned =
        pin_current_thread({options_.cpus[index_ % options_.cpus.size()]});
  }
  clock_.update(now_ns());
  loop_.run();
}

void Worker::accept(Descriptor socket) {
  ++counters_.accepted;
  ++counters_.open;
  const auto limit = compiled_->scenario.max_connections;
  const auto open = compiled_->services->connections->fetch_add(1, std::memory_order_relaxed) + 1;
  const auto connection = std::make_shared<Connection>(std::move(socket), *this);
  connections_.insert(connection);
  if (limit > 0 && open > limit) {
    connection->start_refused(
        {503, "The server has as many connections as it takes.", "", "overloaded", "server_error"});
  } else {
    connection->start();
  }
  if (!sweep_.is_set()) sweep_later();
}

void Worker::sweep() {
  const Nanos began_before_ns = now_ns() - compiled_->scenario.request_timeout;
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->expire(began_before_ns);
  sweep_later();
}

void Worker::sweep_later() {
  if (connections_.empty() || draining_) return;
  sweep_.set(now_ns() +
             std::clamp(compiled_->scenario.request_timeout / 4, 10 * kMillisecond, kSecond));
}

void Worker::forget(Connection& connection) {
  // The caller's own handler keeps the connection alive until it returns.
  connections_.erase(std::static_pointer_cast<Connection>(connection.shared_from_this()));
  --counters_.open;
  compiled_->services->connections->fetch_sub(1, std::memory_order_relaxed);
  if (draining_ && connections_.empty()) report_idle();
}

void Worker::drain(std::function<void()> on_idle) {
  on_idle_ = std::move(on_idle);
  draining_ = true;
  sweep_.cancel();
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->drain();
  if (connections_.empty()) report_idle();
}

void Worker::close_all() {
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->close();
}

void Worker::report_idle() {
  if (const auto report = std::exchange(on_idle_, nullptr)) report();
}

WorkerSnapshot Worker::snapshot() const {
  WorkerSnapshot snapshot{counters_, pacing_, thread_cpu_ns() - cpu_at_reset_ns_, {}};
  for (const auto& [model, tally] : tallies_) {
    snapshot.models.push_back({model, {}, tally.counters});
    snapshot.models.back().gauges.running = tally.running;
  }
  return snapshot;
}

void Worker::reset() {
  counters_.reset();
  pacing_ = {};
  cpu_at_reset_ns_ = thread_cpu_ns();
}

void Worker::set_scenario(const Scenario& scenario, std::shared_ptr<const Services> services) {
  compiled_ = compile(scenario, std::move(services));
}

std::shared_ptr<const CompiledScenario> Worker::compile(const Scenario& scenario,
                                                        std::shared_ptr<const Services> services) {
  return std::make_shared<const CompiledScenario>(
      scenario, std::move(services), [this](const std::string& model) { return &tallies_[model]; });
}

void Worker::crash() {
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->crash();
}

void Worker::count_faults(const FaultPlan& plan) {
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
    if (plan.has(static_cast<FaultKind>(kind))) ++counters_.faults[kind];
  }
}

}  // namespace hopcost::mockserver
