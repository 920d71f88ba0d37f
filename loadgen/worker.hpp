#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/asio.hpp"
#include "common/random.hpp"
#include "loadgen/chat_json.hpp"
#include "loadgen/options.hpp"
#include "loadgen/result.hpp"
#include "loadgen/schedule/schedule.hpp"
#include "loadgen/session.hpp"

namespace hopcost::loadgen {

/// When the parts of a run happen, the same for every thread. CLOCK_MONOTONIC ns.
struct Window {
  Nanos start = 0;  ///< first request
  Nanos from = 0;   ///< measured from here
  Nanos to = 0;     ///< until here; nothing is sent later
};

/// One generator thread: an io_context, a share of the connections, counters of its own. `connect`
/// and `drive` are called on the thread that the worker is to use, in this order, once.
class Worker final : public SessionOwner {
 public:
  /// `peers` has one address per target. Worker `index` of `options.threads` owns every threads-th
  /// connection.
  Worker(const Options& options, std::vector<Tcp::endpoint> peers, int index);

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
  void on_content_read(std::uint64_t events, Nanos read_ns) override;
  void on_wake(Nanos now) override;

  void turn(Nanos now);
  void sleep_until_something();
  void pump(Nanos now);
  void begin_users(Nanos now);
  void wake_users(Nanos now);
  void use(Session& session, Nanos now);
  [[nodiscard]] bool reconnects(Session& session, Nanos now);
  void start_request(Session& session, Nanos intended, Nanos now);
  void sweep(Nanos now);
  void record(const Session& session);
  void count_mismatches(const Session& session);
  [[nodiscard]] bool may_send(Nanos now) const;
  [[nodiscard]] bool quiet() const;

  const Options& options_;
  std::vector<Tcp::endpoint> peers_;
  int index_;
  asio::io_context context_;
  Timer alarm_;
  ChatJson json_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Session*> free_;  ///< open loop: connected and idle
  std::optional<Schedule> schedule_;
  /// Closed loop: users who begin or think, by when they send next; the soonest first.
  std::priority_queue<std::pair<Nanos, Session*>, std::vector<std::pair<Nanos, Session*>>,
                      std::greater<>>
      users_;
  std::unordered_map<Session*, Nanos> overdue_;  ///< users whose connection was gone when they woke
  Random random_;
  Window window_;
  RunResult result_;
  std::uint64_t requests_left_ = 0;
  std::uint32_t next_id_ = 0;
  int connecting_ = 0;
  int busy_ = 0;
  bool driving_ = false;
  bool sleeping_ = false;
  Nanos alarm_at_ = 0;  ///< 0: not set
  Nanos next_sweep_ = 0;
  Nanos batch_began_ = 0;   ///< when the handlers now running were collected from the kernel
  Nanos batch_before_ = 0;  ///< and the batch before: what a batch brings became ready after this
  Nanos last_close_ = 0;
  std::string connect_error_;
};

}  // namespace hopcost::loadgen
