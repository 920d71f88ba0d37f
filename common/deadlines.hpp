#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "common/clock.hpp"

namespace hopcost {

class Deadline;

/// Which of many deadlines is due next: a heap that knows where each of its deadlines lies, so that
/// one can be moved or taken out. Knows no clock. For one thread; outlives its deadlines.
class Deadlines {
 public:
  Deadlines() = default;
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  /// When the first is due, if there is one.
  [[nodiscard]] std::optional<Nanos> next_due() const;
  /// Runs the first where it is due by `now`; false where it is not, or there is none. What it runs
  /// may set and cancel deadlines, its own too.
  bool run_next(Nanos now);

 private:
  friend class Deadline;

  /// The time is kept beside the pointer: ordering touches no deadline.
  struct Entry {
    Nanos due_ns;
    Deadline* deadline;
  };

  void set(Deadline& deadline, Nanos due_ns);
  void remove(Deadline& deadline);
  void put(std::size_t at, Entry entry);
  void sift_up(std::size_t at, Entry entry);
  void sift_down(std::size_t at, Entry entry);

  std::vector<Entry> heap_;
};

/// Calls a function once, at a time that can be changed or cancelled. Ends with its owner.
class Deadline {
 public:
  Deadline(Deadlines& deadlines, std::function<void()> on_due)
      : deadlines_(deadlines), on_due_(std::move(on_due)) {}
  ~Deadline() { cancel(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Also where it is set already: the earlier time counts no more.
  void set(Nanos due_ns) { deadlines_.set(*this, due_ns); }
  void cancel() {
    if (is_set()) deadlines_.remove(*this);
  }
  [[nodiscard]] bool is_set() const { return at_ != kNowhere; }

 private:
  friend class Deadlines;
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  Deadlines& deadlines_;
  std::function<void()> on_due_;
  std::size_t at_ = kNowhere;  ///< where in the heap
};

}  // namespace hopcost
