#include "loadgen/pool.hpp"

#include <algorithm>

namespace hopcost::loadgen {

Pool::Pool(const Options& options, const Workload& workload,
           const std::vector<Tcp::endpoint>& peers, int index, EventLoop& loop, ReplyJson& json,
           SessionOwner& owner, const Tls* tls)
    : balance_(peers.size() == 1 ? Balance::connection : options.balance),
      next_(static_cast<std::size_t>(index) % peers.size()),
      targets_(peers.size()) {
  const bool keeps_text = options.turns != TokenLength(1);
  const auto add = [&](std::size_t target) {
    sessions_.push_back(std::make_unique<Session>(loop, buffer_, peers[target], workload, target,
                                                  ReplyReader(json, keeps_text), owner,
                                                  options.targets[target].tls ? tls : nullptr));
    if (!options.server_time.name.empty()) sessions_.back()->look_for(options.server_time);
    if (options.acknowledge_at_once) sessions_.back()->acknowledge_at_once();
  };
  for (int i = index; i < options.connections(); i += options.all_threads()) {
    ++limit_;
    if (balance_ == Balance::connection) {
      add(static_cast<std::size_t>(i) % peers.size());
    } else {
      for (std::size_t target = 0; target < peers.size(); ++target) add(target);
    }
  }
  // The first session is the first to be used.
  for (auto at = sessions_.rbegin(); at != sessions_.rend(); ++at) {
    auto& free = balance_ == Balance::connection ? free_ : targets_[(*at)->target()].free;
    free.push_back(at->get());
  }
}

Session* Pool::take_of(std::size_t target) {
  auto& free = balance_ == Balance::connection ? free_ : targets_[target].free;
  if (free.empty() || busy_ == limit_) return nullptr;
  Session* session = free.back();
  free.pop_back();
  ++targets_[session->target()].busy;
  ++busy_;
  return session;
}

Session* Pool::take() {
  if (balance_ == Balance::connection) return take_of(0);
  if (balance_ == Balance::least) {
    // The one in turn wins where several have as few.
    std::size_t best = next_ % targets_.size();
    for (std::size_t i = 1; i < targets_.size(); ++i) {
      const std::size_t other = (next_ + i) % targets_.size();
      if (targets_[other].busy < targets_[best].busy) best = other;
    }
    next_ = (best + 1) % targets_.size();
    return take_of(best);
  }
  const std::size_t target = next_ % targets_.size();
  Session* session = take_of(target);
  if (session != nullptr) next_ = (target + 1) % targets_.size();
  return session;
}

void Pool::give_back(Session& session) {
  auto& target = targets_[session.target()];
  --target.busy;
  --busy_;
  (balance_ == Balance::connection ? free_ : target.free).push_back(&session);
}

}  // namespace hopcost::loadgen
