#include "mockserver/server/engine.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace hopcost::mockserver {

Engine::Engine(asio::io_context& control, const LoadModel& load)
    : load_(load), timer_(control), control_(control), queue_(load) {
  if (load.step) steps_.emplace(load);
}

Engine::Joined Engine::join(std::uint64_t prefill, std::uint64_t tokens, Nanos now_ns,
                            Listener listener) {
  const std::lock_guard lock(mutex_);
  Joined joined{Outcome::refused, next_id_++, 1};
  if (steps_) {
    if (!steps_->add(joined.id, prefill, tokens, now_ns)) return joined;
    joined.outcome = Outcome::started;
    if (!timer_is_set_) {
      timer_is_set_ = true;
      asio::post(control_, [self = shared_from_this()] { self->wait_for_step(); });
    }
  } else {
    switch (queue_.try_start(joined.id).outcome) {
      case AdmissionQueue::Outcome::refused:
        return joined;
      case AdmissionQueue::Outcome::queued:
        joined.outcome = Outcome::queued;
        break;
      case AdmissionQueue::Outcome::started:
        joined.outcome = Outcome::started;
        joined.slowdown = slowdown_factor(load_, queue_.running());
        break;
    }
  }
  listeners_.emplace(joined.id, std::move(listener));
  return joined;
}

void Engine::leave(std::uint64_t id) {
  Listener next;
  {
    const std::lock_guard lock(mutex_);
    if (listeners_.erase(id) == 0) return;
    if (steps_) {
      steps_->remove(id);  // it may have had its last token: then it is not there any more
      return;
    }
    if (queue_.cancel(id)) return;
    if (const auto started = queue_.finish()) next = listeners_.at(*started);
  }
  if (next) next({now_ns(), true, 0});
}

double Engine::slowdown() const {
  const std::lock_guard lock(mutex_);
  return slowdown_factor(load_, queue_.running());
}

void Engine::set_factor(double factor) {
  const std::lock_guard lock(mutex_);
  if (steps_) steps_->set_factor(factor);
}

std::uint64_t Engine::running() const {
  const std::lock_guard lock(mutex_);
  return steps_ ? steps_->running() : queue_.running();
}

std::uint64_t Engine::waiting() const {
  const std::lock_guard lock(mutex_);
  return steps_ ? steps_->waiting() : queue_.waiting();
}

void Engine::wait_for_step() {
  std::optional<Nanos> end_ns;
  {
    const std::lock_guard lock(mutex_);
    end_ns = steps_->step_end();
    timer_is_set_ = end_ns.has_value();
  }
  if (!end_ns) return;
  timer_.expires_at(to_time_point(*end_ns));
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec) self->on_step();
  });
}

void Engine::on_step() {
  std::vector<std::pair<Listener, News>> news;
  {
    const std::lock_guard lock(mutex_);
    produced_.clear();
    steps_->finish_step(produced_);
    for (const auto& token : produced_) {
      const auto found = listeners_.find(token.id);
      if (found != listeners_.end()) {
        news.emplace_back(found->second, News{token.due, false, token.token_index + 1});
      }
    }
  }
  for (const auto& [listener, what] : news) listener(what);
  wait_for_step();
}

}  // namespace hopcost::mockserver
