#include "overhead/reference_proxy/deadline_queue.hpp"

#include <algorithm>
#include <utility>

namespace hopcost::reference_proxy {

bool DeadlineQueue::later(const Entry& a, const Entry& b) {
  return a.due != b.due ? a.due > b.due : a.order > b.order;
}

void DeadlineQueue::add(Nanos due, std::shared_ptr<Deadlined> target) {
  heap_.push_back({due, added_++, std::move(target)});
  std::ranges::push_heap(heap_, later);
}

std::optional<Nanos> DeadlineQueue::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

void DeadlineQueue::fire(Nanos now) {
  while (!heap_.empty() && heap_.front().due <= now) {
    std::ranges::pop_heap(heap_, later);
    const auto target = std::move(heap_.back().target);
    heap_.pop_back();
    target->on_deadline();
  }
}

Nanos burn_thread_cpu(Nanos asked) {
  const Nanos start = thread_cpu_ns();
  Nanos used = 0;
  while (used < asked) used = thread_cpu_ns() - start;
  return used;
}

}  // namespace hopcost::reference_proxy
