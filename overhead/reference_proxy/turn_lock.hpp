#pragma once

#include <atomic>
#include <cstdint>

namespace hopcost::reference_proxy {

/// A lock that is given in the order in which it was asked for, so that no worker starves. For
/// std::lock_guard.
class TurnLock {
 public:
  void lock() {
    const std::uint64_t mine = next_.fetch_add(1);
    for (std::uint64_t now = serving_.load(); now != mine; now = serving_.load()) {
      serving_.wait(now);
    }
  }
  void unlock() {
    serving_.fetch_add(1);
    serving_.notify_all();
  }

 private:
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<std::uint64_t> serving_ = 0;
};

}  // namespace hopcost::reference_proxy
