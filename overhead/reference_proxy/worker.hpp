#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "common/asio.hpp"
#include "overhead/reference_proxy/deadline_queue.hpp"
#include "overhead/reference_proxy/injection.hpp"
#include "overhead/reference_proxy/truth.hpp"
#include "overhead/reference_proxy/turn_lock.hpp"
#include "overhead/reference_proxy/upstream_pool.hpp"

namespace hopcost::reference_proxy {

class Session;
class Worker;

/// What a worker's sessions may ask of all workers together.
class Fleet {
 public:
  virtual ~Fleet() = default;
  /// Copies (and with `clear` forgets) what every worker has clocked; `done` runs on `asker`'s
  /// thread. May never come where the proxy is being stopped.
  virtual void gather_truth(Worker& asker, bool clear, std::function<void(const Truth&)> done) = 0;
};

/// What all workers share, and nobody changes.
struct Settings {
  std::vector<Backend> backends;
  Injection defaults;
  TurnLock* burn_lock = nullptr;  ///< held while CPU is burnt; null: workers burn side by side
  bool report_time = false;       ///< replies say how long they took, up to their head
  bool split_replies = false;     ///< a head is sent on its own, and Nagle's algorithm is left on
  Nanos drain_timeout = 2 * kSecond;
};

/// One thread with its io_context, client connections, upstream connections and clocked truth.
///
/// Everything but the constructor, start, join, context and drain belongs to its own thread.
class Worker {
 public:
  Worker(const Settings& settings, Fleet& fleet, std::size_t index);
  ~Worker();

  void start();
  void join();
  [[nodiscard]] asio::io_context& context() { return context_; }
  /// From any thread: idle clients are closed, the others get the answer under way, and the thread
  /// ends; at the latest after the drain timeout.
  void drain();

  void serve(Socket client);
  void enlist(Session& session);
  void leave(Session& session);
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] std::size_t next_backend();
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] Fleet& fleet() { return fleet_; }
  [[nodiscard]] DeadlineQueue& deadlines() { return deadlines_; }
  [[nodiscard]] UpstreamPool& pool() { return pool_; }
  [[nodiscard]] Truth& truth() { return truth_; }

 private:
  void run();
  void sleep_until(Nanos when);
  void drain_here();
  void close_all();

  const Settings& settings_;
  Fleet& fleet_;
  std::size_t index_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_;
  Timer wake_;
  Nanos wake_at_ = 0;
  Timer drain_limit_;
  DeadlineQueue deadlines_;
  UpstreamPool pool_;
  Truth truth_;
  std::unordered_set<Session*> sessions_;
  std::size_t next_backend_;
  bool draining_ = false;
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace hopcost::reference_proxy
