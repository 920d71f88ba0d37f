#include "overhead/reference_proxy/worker.hpp"

#include <memory>
#include <pthread.h>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "overhead/reference_proxy/session.hpp"

namespace hopcost::reference_proxy {

Worker::Worker(const Settings& settings, Fleet& fleet, std::size_t index)
    : settings_(settings),
      fleet_(fleet),
      index_(index),
      work_(context_.get_executor()),
      wake_(context_),
      drain_limit_(context_),
      pool_(settings.backends.size()),
      next_backend_(index % settings.backends.size()) {}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  drain();
  join();
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  pthread_setname_np(pthread_self(), fmt::format("ref-worker-{}", index_).c_str());
  while (!finished_) {
    const Nanos now = now_ns();
    const auto deadline = deadlines_.next();
    switch (next_step(deadline, now)) {
      case LoopStep::block:
        context_.run_one();
        break;
      case LoopStep::sleep:
        sleep_until(*deadline - kSpinLead);
        break;
      case LoopStep::fire:
        deadlines_.fire(now);
        [[fallthrough]];  // sockets get their turn however dense the deadlines are
      case LoopStep::spin:
        context_.poll_one();
        break;
    }
  }
}

void Worker::sleep_until(Nanos when) {
  if (wake_at_ != when) {
    wake_at_ = when;
    wake_.expires_at(to_time_point(when));
    wake_.async_wait([](error_code) {});  // it only has to end run_one
  }
  context_.run_one();
}

void Worker::serve(Socket client) {
  if (draining_) return;
  std::make_shared<Session>(std::move(client), *this)->start();
}

void Worker::enlist(Session& session) {
  sessions_.insert(&session);
}

void Worker::leave(Session& session) {
  sessions_.erase(&session);
  if (draining_ && sessions_.empty()) finished_ = true;
}

std::size_t Worker::next_backend() {
  const std::size_t chosen = next_backend_;
  next_backend_ = (next_backend_ + 1) % settings_.backends.size();
  return chosen;
}

void Worker::drain() {
  asio::post(context_, [this] { drain_here(); });
}

void Worker::drain_here() {
  if (std::exchange(draining_, true)) return;
  for (auto* session : std::vector<Session*>(sessions_.begin(), sessions_.end())) {
    session->drain();
  }
  if (sessions_.empty()) finished_ = true;
  drain_limit_.expires_after(std::chrono::nanoseconds(settings_.drain_timeout));
  drain_limit_.async_wait([this](error_code ec) {
    if (!ec) close_all();
  });
}

void Worker::close_all() {
  for (auto* session : std::vector<Session*>(sessions_.begin(), sessions_.end())) {
    session->close();
  }
  finished_ = true;
}

}  // namespace hopcost::reference_proxy
