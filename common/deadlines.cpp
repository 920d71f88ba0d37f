#include "common/deadlines.hpp"

#include <algorithm>

namespace hopcost {
namespace {

/// Children of a node: four lie in one cache line, and the heap is half as deep as with two.
constexpr std::size_t kChildren = 4;

}  // namespace

std::optional<Nanos> Deadlines::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due_ns;
}

bool Deadlines::run_next(Nanos now) {
  if (heap_.empty() || heap_.front().due_ns > now) return false;
  Deadline& deadline = *heap_.front().deadline;
  remove(deadline);
  deadline.on_due_();  // it may be gone after this
  return true;
}

void Deadlines::set(Deadline& deadline, Nanos due_ns) {
  const Entry entry{due_ns, &deadline};
  if (!deadline.is_set()) {
    heap_.push_back(entry);
    sift_up(heap_.size() - 1, entry);
  } else if (due_ns < heap_[deadline.at_].due_ns) {
    sift_up(deadline.at_, entry);
  } else {
    sift_down(deadline.at_, entry);
  }
}

void Deadlines::remove(Deadline& deadline) {
  const std::size_t hole = deadline.at_;
  deadline.at_ = Deadline::kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (hole == heap_.size()) return;
  if (hole > 0 && last.due_ns < heap_[(hole - 1) / kChildren].due_ns) {
    sift_up(hole, last);
  } else {
    sift_down(hole, last);
  }
}

void Deadlines::put(std::size_t at, Entry entry) {
  heap_[at] = entry;
  entry.deadline->at_ = at;
}

void Deadlines::sift_up(std::size_t at, Entry entry) {
  while (at > 0) {
    const std::size_t parent = (at - 1) / kChildren;
    if (heap_[parent].due_ns <= entry.due_ns) break;
    put(at, heap_[parent]);
    at = parent;
  }
  put(at, entry);
}

void Deadlines::sift_down(std::size_t at, Entry entry) {
  while (true) {
    const std::size_t first = at * kChildren + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kChildren, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].due_ns < heap_[least].due_ns) least = child;
    }
    if (heap_[least].due_ns >= entry.due_ns) break;
    put(at, heap_[least]);
    at = least;
  }
  put(at, entry);
}

}  // namespace hopcost
