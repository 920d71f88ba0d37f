#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>

#include "common/descriptor.hpp"
#include "common/event_loop.hpp"
#include "common/histogram.hpp"
#include "common/random.hpp"
#include "mockserver/fault/fault_plan.hpp"
#include "mockserver/http/request_id.hpp"
#include "mockserver/http/wall_clock.hpp"
#include "mockserver/server/compiled_scenario.hpp"
#include "mockserver/server/metrics.hpp"
#include "mockserver/server/server_options.hpp"

namespace hopcost::mockserver {

class Admin;
class Connection;

/// One thread with its own event loop, connections, counters and plans; nothing in it is shared
/// while requests are answered. Everything but the first group below runs on its thread: others
/// post to loop().
class Worker {
 public:
  Worker(std::size_t index, std::uint64_t seed, const ServerOptions& options, Admin& admin,
         std::shared_ptr<const Services> services);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From the server's threads.
  [[nodiscard]] EventLoop& loop() { return loop_; }
  void start();
  /// Lets the loop end.
  void release() { loop_.stop(); }
  void join();

  // For the server, on this thread.
  void accept(Descriptor socket);
  /// Takes no further request on any connection; calls `on_idle` once, when no connection is left.
  void drain(std::function<void()> on_idle);
  void close_all();
  [[nodiscard]] WorkerSnapshot snapshot() const;
  void reset();
  /// For requests from now on; answers under way keep the scenario they began with.
  void set_scenario(const Scenario& scenario, std::shared_ptr<const Services> services);
  /// Resets every connection: the server has crashed, as far as clients can tell.
  void crash();

  // For connections.
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] Admin& admin() { return admin_; }
  [[nodiscard]] Counters& counters() { return counters_; }
  [[nodiscard]] PacingTally& pacing() { return pacing_; }
  /// Where replies are put together, one at a time.
  [[nodiscard]] std::string& scratch() { return scratch_; }
  [[nodiscard]] WallClock& clock() { return clock_; }
  [[nodiscard]] RequestIds& ids() { return ids_; }
  [[nodiscard]] const std::shared_ptr<const CompiledScenario>& compiled() const {
    return compiled_;
  }
  /// Whether requests keep all their header fields.
  [[nodiscard]] bool keeps_fields() const { return !compiled_->plain; }
  [[nodiscard]] Random& random() { return random_; }
  /// One of its own for each request.
  [[nodiscard]] Random split_random() { return Random(random_()); }
  void count_faults(const FaultPlan& plan);
  [[nodiscard]] bool draining() const { return draining_; }
  /// The connection is closed; it must not be used by the worker any more.
  void forget(Connection& connection);

 private:
  void run();
  [[nodiscard]] std::shared_ptr<const CompiledScenario> compile(
      const Scenario& scenario, std::shared_ptr<const Services> services);
  void report_idle();
  /// Refuses requests that take too long to come; does so again as long as there are connections.
  void sweep();
  void sweep_later();

  const std::size_t index_;
  const ServerOptions& options_;
  Admin& admin_;
  EventLoop loop_;
  Counters counters_;
  PacingTally pacing_;
  std::string scratch_;
  WallClock clock_;
  RequestIds ids_;
  Random random_;
  std::map<std::string, ModelTally> tallies_;
  std::shared_ptr<const CompiledScenario> compiled_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::function<void()> on_idle_;
  Nanos cpu_at_reset_ns_ = 0;
  Deadline sweep_;
  bool draining_ = false;
  std::thread thread_;
};

}  // namespace hopcost::mockserver
