#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/asio.hpp"
#include "mockserver/time/load.hpp"
#include "mockserver/time/step_scheduler.hpp"

namespace hopcost::mockserver {

/// What stands between a request and its tokens where a scenario limits the load: the queue, and
/// the batched engine where it has steps. One for all workers of a server; thread-safe. What it
/// decides is AdmissionQueue's and StepScheduler's; here are the lock, the timer and the news.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  /// What a request is told, on any thread, never during join().
  struct News {
    Nanos at_ns = 0;           ///< when it happened
    bool started = false;      ///< its turn has come (never with steps)
    std::uint64_t tokens = 0;  ///< how many of its tokens there are now (only with steps)
  };
  using Listener = std::function<void(News)>;
  enum class Outcome : std::uint8_t { started, queued, refused };

  /// Steps end on `control`'s thread.
  Engine(asio::io_context& control, const LoadModel& load);

  struct Joined {
    Outcome outcome = Outcome::refused;
    std::uint64_t id = 0;
    double slowdown = 1;  ///< of one that started
  };
  /// `prefill` and `tokens`: what steps have to compute. Without steps they do not matter.
  [[nodiscard]] Joined join(std::uint64_t prefill, std::uint64_t tokens, Nanos now_ns,
                            Listener listener);
  /// The answer has ended, or its client has left. Once for each that was not refused.
  void leave(std::uint64_t id);
  /// Of one that runs now.
  [[nodiscard]] double slowdown() const;
  /// Multiplies the steps that begin from now on.
  void set_factor(double factor);

  [[nodiscard]] bool has_steps() const { return load_.step.has_value(); }
  [[nodiscard]] std::uint64_t running() const;
  [[nodiscard]] std::uint64_t waiting() const;

 private:
  void wait_for_step();
  void on_step();

  const LoadModel load_;
  mutable std::mutex mutex_;
  Timer timer_;  ///< used on control's thread only
  asio::io_context& control_;
  AdmissionQueue queue_;
  std::optional<StepScheduler> steps_;
  std::unordered_map<std::uint64_t, Listener> listeners_;
  std::vector<Produced> produced_;
  std::uint64_t next_id_ = 1;
  bool timer_is_set_ = false;
};

}  // namespace hopcost::mockserver
