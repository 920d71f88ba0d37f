#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/event_loop.hpp"
#include "common/random.hpp"
#include "loadgen/demand.hpp"
#include "loadgen/exchange/session.hpp"
#include "loadgen/measure/recorder.hpp"
#include "loadgen/options.hpp"
#include "loadgen/pool.hpp"

namespace hopcost::loadgen {

/// Takes the seconds that end while a run goes on. Called by every thread: locks.
class Watcher {
 public:
  /// Of thread `index` of this process, in their order.
  virtual void on_seconds(int index, const std::vector<Second>& ended) = 0;

 protected:
  ~Watcher() = default;
};

/// What all threads of a run share.
struct Shared {
  const Options& options;
  const Workload& workload;
  std::shared_ptr<const std::vector<DatasetEntry>> entries;  ///< of a dataset; else null
  std::vector<Tcp::endpoint> peers;                          ///< one a target
  Watcher* watcher = nullptr;
  const Tls* tls = nullptr;  ///< where a target is https
};

/// One generator thread: a loop, a share of the connections, counters of its own. `connect`
/// and `drive` are called on the thread that the worker is to use, in this order, once.
class Worker final : public SessionOwner {
 public:
  /// Thread `index` of this process.
  Worker(const Shared& shared, int index);

  /// Opens the connections one after another: opened at once, they may all land on one worker
  /// process of a stack that shares its accept queue. An Error names the target that cannot be
  /// reached.
  Result<void> connect();
  /// Sends, reads and records until the window is over and every answer is in or timed out.
  void drive(const Window& window, const std::stop_token& stop);
  [[nodiscard]] const RunResult& result() const { return result_; }

 private:
  void on_connected(Session& session, Nanos took_ns) override;
  void on_connect_failed(Session& session, const std::string& why) override;
  void on_finished(Session& session) override;
  void on_content_read(Session& session, std::uint64_t events, Nanos read_ns) override;
  void on_wake(Nanos now) override;

  void turn(Nanos now);
  [[nodiscard]] Nanos sleep_until(Nanos now) const;
  void pump(Nanos now);
  void dispatch(Session& session, Order order);
  void send(Session& session, Order order);
  void pump_all(Nanos now);
  [[nodiscard]] bool concluded_by_retry(const Session& session, Nanos now);
  [[nodiscard]] bool tries_again(Order order, Nanos retry_after, Nanos now);
  void sweep(Nanos now);
  void sweep(Session& session, Nanos now);
  void open(Session& session);
  [[nodiscard]] bool may_send(Nanos now) const;
  [[nodiscard]] bool done(Nanos now) const { return !may_send(now) && under_way_ == 0; }
  void finish(Nanos began, Nanos now, Nanos busy_ns, Nanos cpu_ns);

  const Options& options_;
  int index_;
  Watcher* watcher_;
  EventLoop loop_;
  ReplyJson json_;
  Demand demand_;
  Recorder recorder_;
  Pool pool_;
  std::unordered_map<Session*, Order> pending_;  ///< to be sent when the connection is there
  Random random_;
  Window window_;
  RunResult result_;
  int under_way_ = 0;  ///< requests taken and not concluded
  std::uint64_t dispatched_ = 0;
  int connecting_ = 0;
  Nanos last_close_ = 0;
  Nanos next_sweep_ = 0;
  Nanos batch_began_ = 0;
  Nanos batch_before_ = 0;
  bool driving_ = false;
  bool pumping_ = false;
  bool sleeping_ = false;
  bool cut_short_ = false;
  std::string connect_error_;
};

}  // namespace hopcost::loadgen
