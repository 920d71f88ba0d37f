#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <sys/epoll.h>
#include <thread>
#include <vector>

#include "common/clock.hpp"
#include "common/deadlines.hpp"
#include "common/descriptor.hpp"

namespace hopcost {

/// One thread's sockets, deadlines and errands, in the fewest system calls: a socket is told of
/// once (epoll, edge-triggered) and read when there is something to read; a deadline costs no call
/// of its own while the loop is awake.
///
/// It sleeps until shortly before the next deadline and then looks at the clock and its sockets
/// again and again: a sleep to the very moment would end late.
///
/// Everything is for the thread that runs it, but post() and stop(). The constructor throws
/// std::system_error where the system has no descriptor left.
class EventLoop {
 public:
  using Task = std::move_only_function<void()>;

  /// How near a deadline has to be for the loop to stay awake. Falling asleep and waking up cost a
  /// quarter of this in CPU time on a virtual machine, and end as much as this too late.
  static constexpr Nanos kLook = 50 * kMicrosecond;
  /// From a longer sleep it wakes up so much before the deadline, but never looks for more than a
  /// tenth of the time it has to wait.
  static constexpr Nanos kEarly = 150 * kMicrosecond;
  static constexpr Nanos kWaitPerLook = 10;

  /// Until when to sleep, at `now`, for a deadline at `due`; `now` or earlier: not at all.
  [[nodiscard]] static Nanos sleep_until(Nanos now, Nanos due);

  /// Somebody with a socket. Must be forgotten before it ends.
  class Watch {
   public:
    Watch() = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    /// Readiness of the descriptor has changed: bits of epoll_event.events. What it says is not
    /// said again: whoever does not read or write until there is no more must remember it.
    virtual void on_ready(std::uint32_t events) = 0;
    /// Its turn has come, as asked of take_turn().
    virtual void on_turn() = 0;

   protected:
    virtual ~Watch() = default;

   private:
    friend class EventLoop;
    bool wants_turn_ = false;
  };

  EventLoop();
  ~EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Returns once stop() was called and what had been posted before is done.
  void run();
  /// For a caller that goes round by itself, instead of run(): hands out what is ready, at most
  /// `most` sockets, and returns how many. Where none is, it sleeps until `until`, or until one is;
  /// 0: not at all. Knows no deadlines, turns or errands.
  std::size_t look(std::size_t most, Nanos until = 0);
  /// From any thread.
  void stop();
  /// Runs `task` on the loop's thread, soon, never on the caller's stack. From any thread.
  void post(Task task);

  /// False where the system refuses to watch it.
  [[nodiscard]] bool watch(int fd, Watch& watch);
  /// Nothing is called on `watch` after this. The descriptor is the caller's to close.
  void forget(Watch& watch);
  /// Calls on_turn() once, after what else is ready has had its turn.
  void take_turn(Watch& watch);

  [[nodiscard]] Deadlines& deadlines() { return deadlines_; }

 private:
  void run_deadlines();
  void run_turns();
  void run_posted();
  /// How epoll_wait shall wait: 0 not at all, -1 until something comes; sets the timer.
  [[nodiscard]] int patience();
  void set_timer(Nanos wake);
  std::size_t hand_out(std::size_t most, int wait);

  Descriptor epoll_;
  Descriptor timer_;
  Descriptor waker_;
  Nanos timer_due_ns_ = 0;  ///< what timer_ is set to, or was last,
  Nanos timer_for_ns_ = 0;  ///< and for which deadline
  Deadlines deadlines_;
  std::vector<Watch*> turns_;
  std::vector<Watch*> running_turns_;
  std::array<epoll_event, 256> ready_;  ///< the first `found_`: being dealt out
  std::size_t found_ = 0;
  std::atomic<std::thread::id> thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> has_posted_ = false;
  std::mutex mutex_;
  std::vector<Task> posted_;  ///< guarded by mutex_
};

}  // namespace hopcost
