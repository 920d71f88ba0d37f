#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "common/random.hpp"
#include "loadgen/exchange/session.hpp"
#include "loadgen/measure/window.hpp"
#include "loadgen/options.hpp"
#include "loadgen/schedule/schedule.hpp"

namespace hopcost::loadgen {

/// Which requests of one thread are due when: of a closed loop's users, of an open loop's schedule
/// or of a trace; and those that are to be tried again. Pure: told the time, asks no clock.
class Demand {
 public:
  static constexpr Nanos kNever = Schedule::kNever;

  /// Of thread `index` of `options.all_threads()`.
  Demand(const Options& options, const Workload& workload,
         std::shared_ptr<const std::vector<DatasetEntry>> entries, int index);

  void begin(const Window& window);
  /// When the next request is due; a user who is ready is due at 0.
  [[nodiscard]] Nanos due() const;
  /// Takes the request that is due.
  [[nodiscard]] Order take();
  /// The request was answered (`reply`: what it said) or failed for good (null): its user goes on,
  /// but not before `not_before`.
  void finished(const Order& order, Nanos now, const std::string* reply, Nanos last_send,
                Nanos not_before = 0);
  /// It failed and is to be tried again at `at`.
  void put_back(Order order, Nanos at);
  /// Calls `each(due)` for every request of the open loop that was due before `to` and not taken.
  void leave_rest(Nanos to, const std::function<void(Nanos)>& each);
  /// Hands out what was put back and not taken.
  void leave_again(const std::function<void(const Order&)>& each);
  /// Requests that may still be taken.
  [[nodiscard]] bool exhausted() const { return left_ == 0 && again_.empty(); }

 private:
  /// A conversation that a user has.
  struct Talk {
    int turns_left = 0;
    Asked first;
    std::string earlier;
  };
  struct Again {
    Nanos at;
    Order order;
    bool operator>(const Again& other) const { return at > other.at; }
  };
  using User = std::pair<Nanos, int>;

  [[nodiscard]] Nanos scheduled() const;
  [[nodiscard]] Order fresh(Nanos intended, int user);

  const Options& options_;
  const Workload& workload_;
  std::shared_ptr<const std::vector<DatasetEntry>> entries_;
  int index_;
  Window window_;
  Random random_;
  std::optional<Schedule> schedule_;
  std::size_t next_entry_ = 0;  ///< of a trace
  std::priority_queue<User, std::vector<User>, std::greater<>> users_;
  std::vector<Talk> talks_;  ///< by user, where conversations have several turns
  std::priority_queue<Again, std::vector<Again>, std::greater<>> again_;
  std::uint64_t left_ = 0;
  std::uint64_t taken_ = 0;
  std::uint32_t next_id_ = 0;
};

}  // namespace hopcost::loadgen
