#include "loadgen/worker.hpp"

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

constexpr Nanos kSweepEvery = 20 * kMillisecond;
constexpr Nanos kTimely = 100 * kMicrosecond;
constexpr std::size_t kBatch = 64;  // sockets that are served before what is due is looked for

bool is_passing_status(int status) {
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

}  // namespace

Worker::Worker(const Shared& shared, int index)
    : options_(shared.options),
      index_(index),
      watcher_(shared.watcher),
      json_(options_.api),
      demand_(options_, shared.workload, shared.entries, options_.share * options_.threads + index),
      recorder_(options_),
      pool_(options_, shared.workload, shared.peers, options_.share * options_.threads + index,
            loop_, json_, *this, shared.tls),
      random_(Random::mix(options_.seed ^ 0x7265747279U) + static_cast<std::uint64_t>(index)) {}

Result<void> Worker::connect() {
  std::vector<bool> tried(options_.targets.size());
  for (const auto& session : pool_.sessions()) {
    // Without keep-alive one connection shows that the target is there.
    if (!options_.keep_alive && tried[session->target()]) continue;
    tried[session->target()] = true;
    open(*session);
    const Nanos give_up = now_ns() + options_.timeouts.connect;
    while (connecting_ > 0 && now_ns() < give_up) {
      loop_.look(kBatch, std::min(give_up, now_ns() + 10 * kMillisecond));
    }
    if (connecting_ > 0) {
      connect_error_ =
          fmt::format("no connection within {} s", in_seconds(options_.timeouts.connect));
    }
    if (!connect_error_.empty()) {
      return fail(ErrorCode::unreachable, connect_error_,
                  options_.targets[session->target()].url());
    }
    if (!options_.keep_alive) session->close();
  }
  return {};
}

void Worker::drive(const Window& window, const std::stop_token& stop) {
  window_ = window;
  driving_ = true;
  recorder_.begin(window);
  demand_.begin(window);
  constexpr Nanos kLook = 2 * kMillisecond;  // of it the start is looked for, not slept for
  std::this_thread::sleep_until(to_time_point(window_.start - kLook));
  Nanos now = now_ns();
  while (now < window_.start) now = now_ns();
  const Nanos cpu_before = thread_cpu_ns();
  const Nanos began = now;
  next_sweep_ = now + kSweepEvery;
  Nanos busy_ns = 0;
  Nanos abandon_at = std::numeric_limits<Nanos>::max();
  turn(now);
  while (true) {
    if (stop.stop_requested() && !cut_short_) {
      cut_short_ = true;
      window_.to = std::min(window_.to, now);
      window_.until = now;
      abandon_at = now + kSecond;
    }
    if (done(now) || (!may_send(now) && now > abandon_at)) break;
    batch_before_ = batch_began_;
    batch_began_ = now;
    const bool blocks = options_.idle == Idle::block;
    sleeping_ = blocks;
    const std::size_t handled = loop_.look(kBatch, blocks ? sleep_until(now) : 0);
    sleeping_ = false;
    const Nanos after = now_ns();
    const auto before = dispatched_;
    turn(after);
    now = dispatched_ > before ? now_ns() : after;
    busy_ns += now - (handled > 0 ? batch_began_ : after);
  }
  driving_ = false;
  finish(began, now, busy_ns, thread_cpu_ns() - cpu_before);
}

void Worker::finish(Nanos began, Nanos now, Nanos busy_ns, Nanos cpu_ns) {
  if (!cut_short_ && demand_.exhausted() && last_close_ != 0 && options_.max_requests > 0) {
    window_.to = std::min(window_.to, last_close_);
  }
  for (const auto& session : pool_.sessions()) {
    if (session->busy() && session->counted()) {
      recorder_.forget(session->order(), session->timeline().intended);
    }
  }
  for (const auto& [session, order] : pending_) {
    if (order.first_send == 0) continue;
    recorder_.forget(order, order.intended != 0 ? order.intended : order.first_send);
  }
  demand_.leave_again([&](const Order& order) { recorder_.gave_up(order, now); });
  demand_.leave_rest(window_.to, [this](Nanos due) { recorder_.unsent(due); });
  result_ = recorder_.take(window_.to, now);
  result_.cut_short = cut_short_;
  result_.generator_cpu_ns = cpu_ns;
  const auto elapsed = static_cast<double>(std::max<Nanos>(1, now - began));
  result_.generator_busy_share = static_cast<double>(busy_ns) / elapsed;
  for (const auto& session : pool_.sessions()) {
    result_.counters.bytes_read += session->bytes_read();
    result_.counters.bytes_written += session->bytes_written();
    session->close();
  }
}

void Worker::turn(Nanos now) {
  pump(now);
  if (now < next_sweep_) return;
  sweep(now);
  next_sweep_ = now + kSweepEvery;
}

/// Block mode: shortly before the next arrival is due, so that it is not late, or the next sweep;
/// 0: not at all.
Nanos Worker::sleep_until(Nanos now) const {
  if (!pool_.has_free() || !may_send(now)) return next_sweep_;
  const Nanos due = demand_.due();
  if (due >= next_sweep_) return next_sweep_;
  const Nanos wake = EventLoop::sleep_until(now, due);
  return wake <= now ? 0 : wake;
}

void Worker::on_wake(Nanos now) {
  if (!std::exchange(sleeping_, false)) return;
  // What was there at once had piled up while the worker did other things.
  constexpr Nanos kAtOnce = 20 * kMicrosecond;
  if (now - batch_began_ > kAtOnce) batch_before_ = batch_began_ = now;
}

bool Worker::may_send(Nanos now) const {
  return now < window_.until && !demand_.exhausted();
}

/// Sends what is due, as far as connections are free.
void Worker::pump(Nanos now) {
  if (pumping_) return;  // a request that failed at once calls from inside
  pumping_ = true;
  pump_all(now);
  pumping_ = false;
}

void Worker::pump_all(Nanos now) {
  while (now < window_.until && pool_.has_free()) {
    const Nanos due = demand_.due();
    if (due > now || due >= window_.until) return;
    Session* session = pool_.take();
    if (session == nullptr) return;
    ++under_way_;
    ++dispatched_;
    dispatch(*session, demand_.take());
  }
}

/// Opens a connection first where there is none, as where the peer closed it while it lay idle.
void Worker::dispatch(Session& session, Order order) {
  if (order.target < 0) order.target = static_cast<int>(session.target());
  if (session.connected()) {
    send(session, std::move(order));
    return;
  }
  pending_.insert_or_assign(&session, std::move(order));
  if (!session.connecting()) open(session);
}

void Worker::send(Session& session, Order order) {
  const Nanos now = now_ns();
  if (order.first_send == 0) recorder_.sent(order, now);
  auto* metrics = recorder_.metrics_of(order, now);
  session.send(std::move(order), options_.stream, metrics);
}

void Worker::open(Session& session) {
  ++connecting_;
  session.connect();
}

void Worker::on_connected(Session& session, Nanos took_ns) {
  --connecting_;
  recorder_.connected(took_ns);
  if (!driving_) return;
  if (auto order = pending_.extract(&session)) send(session, std::move(order.mapped()));
}

void Worker::on_connect_failed(Session& session, const std::string& why) {
  --connecting_;
  if (!driving_) {
    connect_error_ = why;
    return;
  }
  auto pending = pending_.extract(&session);
  if (!pending) return;
  Order& order = pending.mapped();
  const Nanos now = now_ns();
  order.last_failure = Failure::connect;
  order.last_message = why;
  pool_.give_back(session);
  --under_way_;
  if (tries_again(order, 0, now)) return;
  recorder_.gave_up(order, now);
  // A user whose server is not there does not ask it without a pause.
  demand_.finished(order, now, nullptr, 0, now + kSweepEvery);
}

void Worker::on_finished(Session& session) {
  const Nanos now = session.timeline().close;
  const Failure failure = session.failure();
  if (!options_.keep_alive && session.connected()) session.close();
  pool_.give_back(session);
  --under_way_;
  if (!concluded_by_retry(session, now)) {
    last_close_ = now;
    recorder_.finished(session);
    const bool answered = failure == Failure::none;
    demand_.finished(session.order(), now, answered ? &session.reply_text() : nullptr,
                     session.timeline().last_send);
  }
  if (!driving_) return;
  // So that the next request finds a connection.
  if (options_.keep_alive && !session.connected() && may_send(now)) open(session);
  pump(now);
}

bool Worker::concluded_by_retry(const Session& session, Nanos now) {
  const Failure failure = session.failure();
  const bool passing = failure == Failure::closed || failure == Failure::timeout ||
                       (failure == Failure::http_status && is_passing_status(session.status()));
  if (!passing || options_.retries.count == 0) return false;
  Order order = session.order();
  order.first_send = session.timeline().send;
  order.last_failure = failure;
  order.last_message = session.message();
  return tries_again(std::move(order), session.retry_after(), now);
}

/// Puts the request back where another attempt is allowed.
bool Worker::tries_again(Order order, Nanos retry_after, Nanos now) {
  const auto& retries = options_.retries;
  if (order.attempt > retries.count || !driving_) return false;
  const int doublings = std::min(order.attempt - 1, 20);
  const Nanos most = std::min(retries.most, retries.base << doublings);
  const auto jittered = static_cast<Nanos>(random_.uniform() * static_cast<double>(most));
  const Nanos at = now + std::max(jittered, retry_after);
  if (at >= window_.until) return false;
  ++order.attempt;
  demand_.put_back(std::move(order), at);
  return true;
}

void Worker::on_content_read(Session& session, std::uint64_t events, Nanos read_ns) {
  // Where we came late, what piled up is our doing.
  recorder_.content_read(session, events, read_ns, read_ns - batch_before_ <= kTimely);
}

void Worker::sweep(Nanos now) {
  for (const auto& session : pool_.sessions()) sweep(*session, now);
  const auto ended = recorder_.tick(now);
  if (watcher_ != nullptr && !ended.empty()) watcher_->on_seconds(index_, ended);
}

/// Gives up what takes too long.
void Worker::sweep(Session& session, Nanos now) {
  const auto& limits = options_.timeouts;
  if (session.connecting() && now - session.connect_began() > limits.connect) {
    session.close();
    on_connect_failed(session,
                      fmt::format("no connection within {} s", in_seconds(limits.connect)));
    return;
  }
  if (!session.busy()) return;
  const Nanos since = now - session.timeline().last_send;
  if (since > limits.total) {
    session.abandon(Failure::timeout,
                    fmt::format("no complete reply within {} s", in_seconds(limits.total)));
  } else if (limits.first_token > 0 && options_.stream && session.facts().first_content == 0 &&
             since > limits.first_token) {
    session.abandon(Failure::timeout,
                    fmt::format("no first token within {} s", in_seconds(limits.first_token)));
  }
}

}  // namespace hopcost::loadgen
