#include "common/event_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <system_error>
#include <utility>

namespace hopcost {
namespace {

/// Deadlines that are met before the sockets are looked at again.
constexpr int kDeadlinesInARow = 16;
/// Sockets that are told of before deadlines are looked at again, where there are any.
constexpr std::size_t kSocketsInARow = 16;

Descriptor checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return Descriptor(fd);
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_(
          checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")),
      waker_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  // Edge-triggered: neither has to be read to be told of again. Both only end a wait.
  for (const int fd : {timer_.get(), waker_.get()}) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
}

void EventLoop::run() {
  thread_ = std::this_thread::get_id();
  while (!stopping_) {
    run_deadlines();
    run_turns();
    run_posted();
    hand_out(deadlines_.empty() ? ready_.size() : kSocketsInARow, patience());
  }
  while (has_posted_) run_posted();
}

void EventLoop::stop() {
  stopping_ = true;
  eventfd_write(waker_.get(), 1);
}

void EventLoop::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    has_posted_ = true;
  }
  if (thread_.load() != std::this_thread::get_id()) eventfd_write(waker_.get(), 1);
}

bool EventLoop::watch(int fd, Watch& watch) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watch;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::forget(Watch& watch) {
  for (std::size_t i = 0; i < found_; ++i) {
    if (ready_[i].data.ptr == &watch) ready_[i].data.ptr = nullptr;
  }
  if (!std::exchange(watch.wants_turn_, false)) return;
  for (auto* const turns : {&turns_, &running_turns_}) {
    std::ranges::replace(*turns, &watch, static_cast<Watch*>(nullptr));
  }
}

void EventLoop::take_turn(Watch& watch) {
  if (std::exchange(watch.wants_turn_, true)) return;
  turns_.push_back(&watch);
}

void EventLoop::run_deadlines() {
  if (deadlines_.empty()) return;
  Nanos now = now_ns();
  for (int i = 0; i < kDeadlinesInARow; ++i) {
    if (deadlines_.run_next(now)) continue;
    if (i == 0 || deadlines_.empty()) return;
    now = now_ns();
    if (!deadlines_.run_next(now)) return;
  }
}

void EventLoop::run_turns() {
  running_turns_.swap(turns_);
  for (std::size_t i = 0; i < running_turns_.size(); ++i) {
    Watch* const watch = running_turns_[i];
    if (watch == nullptr) continue;
    watch->wants_turn_ = false;
    watch->on_turn();
  }
  running_turns_.clear();
}

void EventLoop::run_posted() {
  if (!has_posted_) return;
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
    has_posted_ = false;
  }
  for (Task& task : tasks) task();
}

int EventLoop::patience() {
  if (!turns_.empty() || has_posted_ || stopping_) return 0;
  const auto due = deadlines_.next_due();
  if (!due) return -1;
  const Nanos now = now_ns();
  if (*due != timer_for_ns_) {
    const Nanos wake = sleep_until(now, *due);
    if (wake <= now) return 0;
    timer_for_ns_ = *due;
    set_timer(wake);
  }
  return now < timer_due_ns_ ? -1 : 0;
}

void EventLoop::set_timer(Nanos wake) {
  timer_due_ns_ = wake;
  itimerspec at{};
  at.it_value.tv_sec = wake / kSecond;
  at.it_value.tv_nsec = wake % kSecond;
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

Nanos EventLoop::sleep_until(Nanos now, Nanos due) {
  const Nanos wait = due - now;
  if (wait <= kLook) return now;
  return due - std::min(kEarly, wait / kWaitPerLook);
}

std::size_t EventLoop::look(std::size_t most, Nanos until) {
  if (until == 0) return hand_out(most, 0);
  // One that has rung rings no more.
  if (until != timer_due_ns_ || until <= now_ns()) set_timer(until);
  return hand_out(most, -1);
}

std::size_t EventLoop::hand_out(std::size_t most, int wait) {
  const auto limit = static_cast<int>(std::min(most, ready_.size()));
  const int count = epoll_wait(epoll_.get(), ready_.data(), limit, wait);
  found_ = static_cast<std::size_t>(std::max(0, count));  // less: a signal came
  std::size_t handed = 0;
  for (std::size_t i = 0; i < found_; ++i) {
    auto* const watch = static_cast<Watch*>(ready_[i].data.ptr);
    if (watch == nullptr) continue;
    ++handed;
    watch->on_ready(ready_[i].events);
  }
  found_ = 0;
  return handed;
}

}  // namespace hopcost
