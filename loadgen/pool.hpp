#pragma once

#include <memory>
#include <vector>

#include "loadgen/exchange/session.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// One thread's connections, and which of them gets the next request.
class Pool {
 public:
  /// Of thread `index` of `options.all_threads()`: its share of the connections; where requests are
  /// balanced over several targets, so many to each of them. `peers`: one address per target.
  Pool(const Options& options, const Workload& workload, const std::vector<Tcp::endpoint>& peers,
       int index, EventLoop& loop, ReplyJson& json, SessionOwner& owner, const Tls* tls);

  /// A free session by the balancing rule, now taken; null: none is free.
  [[nodiscard]] Session* take();
  /// A free session of this target, now taken; null: none is free.
  [[nodiscard]] Session* take_of(std::size_t target);
  void give_back(Session& session);
  [[nodiscard]] bool has_free() const { return busy_ < limit_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Session>>& sessions() const { return sessions_; }

 private:
  struct Target {
    std::vector<Session*> free;  ///< the last used in front of the others
    int busy = 0;
  };

  Balance balance_;
  int limit_ = 0;  ///< requests under way at once
  int busy_ = 0;
  std::size_t next_;  ///< target in turn
  std::vector<Target> targets_;
  std::vector<Session*> free_;  ///< of all targets, where connections are balanced
  ReceiveBuffer buffer_;
  std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace hopcost::loadgen
