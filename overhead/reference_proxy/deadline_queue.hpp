#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::reference_proxy {

/// Something that asked to be called at a point in time.
class Deadlined {
 public:
  virtual ~Deadlined() = default;
  /// The time is reached. It may have become pointless in the meantime: look at your own state.
  virtual void on_deadline() = 0;
};

/// How long before a deadline a worker stops sleeping: more than a kernel timer is ever late on an
/// otherwise idle machine.
inline constexpr Nanos kSpinLead = 200 * kMicrosecond;

/// What an event loop does until its next deadline.
enum class LoopStep {
  block,  ///< no deadline: wait for input alone
  sleep,  ///< wait for input, with a timer at deadline - kSpinLead
  spin,   ///< poll input and the clock without sleeping
  fire,   ///< the deadline is reached
};

[[nodiscard]] constexpr LoopStep next_step(std::optional<Nanos> deadline, Nanos now) {
  if (!deadline) return LoopStep::block;
  if (*deadline <= now) return LoopStep::fire;
  return *deadline - now <= kSpinLead ? LoopStep::spin : LoopStep::sleep;
}

/// Absolute deadlines of one worker, earliest first; equal ones fire in the order they were added.
/// Belongs to the worker's thread; keeps its targets alive until they were called.
class DeadlineQueue {
 public:
  void add(Nanos due, std::shared_ptr<Deadlined> target);
  [[nodiscard]] std::optional<Nanos> next() const;
  /// Calls every target due at `now`. Targets may add deadlines meanwhile.
  void fire(Nanos now);

 private:
  struct Entry {
    Nanos due;
    std::uint64_t order;
    std::shared_ptr<Deadlined> target;
  };
  static bool later(const Entry& a, const Entry& b);

  std::vector<Entry> heap_;
  std::uint64_t added_ = 0;
};

/// Uses up `asked` ns of the calling thread's CPU time; returns what was truly used.
Nanos burn_thread_cpu(Nanos asked);

}  // namespace hopcost::reference_proxy
