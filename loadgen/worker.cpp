#include "loadgen/worker.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "loadgen/timeline.hpp"

namespace hopcost::loadgen {
namespace {

constexpr Nanos kSweepEvery = 20 * kMillisecond;
constexpr Nanos kConnectTimeout = 5 * kSecond;
constexpr Nanos kStalePause = 500 * kMillisecond;
constexpr Nanos kTimely = 100 * kMicrosecond;
constexpr int kBatch = 64;
constexpr std::uint32_t kIdModulus = 100'000'000;

}  // namespace

// The context is used by one thread only, so Asio need not lock.
Worker::Worker(const Options& options, std::vector<Tcp::endpoint> peers, int index)
    : options_(options),
      peers_(std::move(peers)),
      index_(index),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      alarm_(context_.get_executor()),
      random_(Random::mix(options.seed) + static_cast<std::uint64_t>(index)) {
  std::vector<std::shared_ptr<const RequestTemplate>> templates;
  for (const auto& target : options.targets) {
    templates.push_back(std::make_shared<RequestTemplate>(options, target));
  }
  for (int i = index; i < options.connections(); i += options.threads) {
    const auto target = static_cast<std::size_t>(i) % options.targets.size();
    sessions_.push_back(std::make_unique<Session>(context_, peers_[target],
                                                  RequestBytes(templates[target]), json_, *this));
  }
  requests_left_ = std::numeric_limits<std::uint64_t>::max();
  if (options.max_requests > 0) {
    const auto threads = static_cast<std::uint64_t>(options.threads);
    const auto share = static_cast<std::uint64_t>(index);
    requests_left_ = (options.max_requests + threads - 1 - share) / threads;
  }
  next_id_ = static_cast<std::uint32_t>(index) * (kIdModulus / 1024);
}

Result<void> Worker::connect() {
  for (auto& session : sessions_) {
    ++connecting_;
    session->connect();
    const Nanos give_up = now_ns() + kConnectTimeout;
    while (connecting_ > 0 && now_ns() < give_up) {
      context_.run_one_for(std::chrono::milliseconds(10));
      context_.restart();
    }
    if (connecting_ > 0) connect_error_ = "no connection within 5 s";
    if (!connect_error_.empty()) {
      const auto position = static_cast<std::size_t>(&session - sessions_.data());
      const auto target = (static_cast<std::size_t>(index_) +
                           position * static_cast<std::size_t>(options_.threads)) %
                          options_.targets.size();
      return fail(ErrorCode::unreachable, connect_error_, options_.targets[target].url());
    }
  }
  return {};
}

void Worker::drive(const Window& window, const std::stop_token& stop) {
  window_ = window;
  driving_ = true;
  result_.start_ns = window.from;
  if (options_.open_loop()) {
    schedule_.emplace(window.start, options_.rate_profile(), options_.arrival, options_.seed,
                      index_, options_.threads);
    for (auto& session : sessions_) free_.push_back(session.get());
  }
  const Nanos cpu_before = thread_cpu_ns();
  Nanos now = now_ns();
  while (now < window_.start) now = now_ns();
  const Nanos began = now;
  next_sweep_ = now + kSweepEvery;
  Nanos busy_ns = 0;
  if (!options_.open_loop()) begin_users(now);
  Nanos abandon_at = std::numeric_limits<Nanos>::max();
  while (true) {
    if (stop.stop_requested() && !result_.cut_short) {
      result_.cut_short = true;
      window_.to = std::min(window_.to, now);
      abandon_at = now + kSecond;
    }
    if (!may_send(now) && (quiet() || now > abandon_at)) break;
    batch_before_ = batch_began_;
    batch_began_ = now;
    int handled = 0;
    while (handled < kBatch && context_.poll_one() > 0) ++handled;
    context_.restart();
    if (handled == 0 && options_.idle == Idle::block) sleep_until_something();
    const Nanos after = now_ns();
    turn(after);
    if (handled > 0) busy_ns += after - now;
    now = after;
  }
  const Nanos cpu = thread_cpu_ns() - cpu_before;
  const auto elapsed = static_cast<double>(std::max<Nanos>(1, now - began));
  result_.generator_cpu_ns = cpu;
  result_.generator_busy_share =
      static_cast<double>(options_.idle == Idle::spin ? busy_ns : cpu) / elapsed;
  if (requests_left_ == 0 && last_close_ != 0) window_.to = std::min(window_.to, last_close_);
  result_.measured_ns = std::max<Nanos>(0, window_.to - window_.from);
  for (auto& session : sessions_) {
    result_.counters.bytes_read += session->bytes_read();
    session->close();
  }
  if (schedule_) {
    for (; schedule_->due() < window_.to && requests_left_ > 0; schedule_->take()) {
      if (schedule_->due() >= window_.from) ++result_.counters.unsent;
    }
  }
  driving_ = false;
}

void Worker::turn(Nanos now) {
  if (schedule_) {
    pump(now);
  } else {
    wake_users(now);
  }
  if (now >= next_sweep_) {
    sweep(now);
    next_sweep_ = now + kSweepEvery;
  }
}

/// Block mode: waits in the kernel for the next handler, arrival or sweep.
void Worker::sleep_until_something() {
  Nanos wake = next_sweep_;
  if (schedule_ && may_send(now_ns()) && !free_.empty()) wake = std::min(wake, schedule_->due());
  if (!users_.empty() && may_send(now_ns())) wake = std::min(wake, users_.top().first);
  sleeping_ = true;
  if (wake != alarm_at_) {  // setting it again would wake us with the old one's cancellation
    alarm_at_ = wake;
    alarm_.expires_at(to_time_point(wake));
    alarm_.async_wait([this](error_code ec) {
      if (ec) return;
      alarm_at_ = 0;
      on_wake(now_ns());
    });
  }
  context_.run_one();
  context_.restart();
  sleeping_ = false;
}

void Worker::on_wake(Nanos now) {
  if (!sleeping_) return;
  sleeping_ = false;
  batch_before_ = batch_began_ = now;
}

bool Worker::may_send(Nanos now) const {
  return now < window_.to && requests_left_ > 0;
}

bool Worker::quiet() const {
  return busy_ == 0;
}

/// Open loop: sends what is due, as far as connections are free.
void Worker::pump(Nanos now) {
  while (!free_.empty() && requests_left_ > 0 && schedule_->due() <= now &&
         schedule_->due() < window_.to && may_send(now)) {
    Session* session = free_.back();
    free_.pop_back();
    if (reconnects(*session, now)) continue;
    start_request(*session, schedule_->take(), now);
  }
}

/// Opens a connection again that the peer closed while it lay idle; it is used when it is there.
bool Worker::reconnects(Session& session, Nanos now) {
  if (now - session.timeline().close <= kStalePause || !session.went_stale()) return false;
  ++connecting_;
  session.connect();
  return true;
}

/// Closed loop: all at once, or one after another over all threads.
void Worker::begin_users(Nanos now) {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (!may_send(now)) return;
    if (options_.spawn_per_s == 0) {
      start_request(*sessions_[i], 0, now);
      continue;
    }
    const auto user =
        i * static_cast<std::size_t>(options_.threads) + static_cast<std::size_t>(index_);
    const double after_s = static_cast<double>(user) / options_.spawn_per_s;
    users_.emplace(window_.start + static_cast<Nanos>(after_s * kSecond), sessions_[i].get());
  }
}

void Worker::wake_users(Nanos now) {
  while (!users_.empty() && users_.top().first <= now && may_send(now)) {
    const auto [at, session] = users_.top();
    users_.pop();
    if (reconnects(*session, now)) {
      overdue_[session] = at;
    } else {
      start_request(*session, at, now);
    }
  }
}

/// A session is ready: its user sends the next request, or thinks first (closed loop); or it waits
/// for one to be due.
void Worker::use(Session& session, Nanos now) {
  if (schedule_) {
    free_.push_back(&session);
  } else if (!may_send(now)) {
    return;
  } else if (const auto late = overdue_.extract(&session)) {
    start_request(session, late.mapped(), now);
  } else if (options_.think_time.is_none()) {
    start_request(session, 0, now);
  } else {
    users_.emplace(now + options_.think_time.draw(random_), &session);
  }
}

void Worker::start_request(Session& session, Nanos intended, Nanos now) {
  --requests_left_;
  ++busy_;
  ++result_.counters.requests_total;
  const Nanos due = intended == 0 ? now : intended;
  const bool counted = due >= window_.from && due < window_.to;
  const std::uint32_t id = next_id_;
  next_id_ = (next_id_ + 1) % kIdModulus;
  const auto number =
      static_cast<std::uint64_t>(index_) +
      (result_.counters.requests_total - 1) * static_cast<std::uint64_t>(options_.threads);
  session.send(intended, id, asked_by(options_, number), options_.stream,
               counted ? &result_.metrics : nullptr);
}

void Worker::on_connected(Session& session, Nanos took_ns) {
  --connecting_;
  ++result_.counters.connections;
  result_.metrics[Metric::connect].record(took_ns);
  if (driving_) use(session, now_ns());
}

void Worker::on_connect_failed(Session& /*session*/, const std::string& why) {
  --connecting_;
  if (!driving_) {
    connect_error_ = why;
    return;
  }
  // A request could not be sent: it counts as one that failed. The sweep tries the connection
  // again.
  auto& counters = result_.counters;
  const auto kind = static_cast<std::size_t>(Failure::connect);
  const Nanos now = now_ns();
  if (now < window_.from || now >= window_.to) return;
  ++counters.sent;
  ++counters.failures[kind];
  if (result_.failure_samples[kind].empty()) result_.failure_samples[kind] = why;
}

void Worker::on_finished(Session& session) {
  --busy_;
  last_close_ = session.timeline().close;
  if (session.counted()) record(session);
  if (!driving_) return;
  const Nanos now = session.timeline().close;
  if (session.connected()) {
    use(session, now);
  } else if (may_send(now)) {
    ++connecting_;
    session.connect();
  }
}

void Worker::record(const Session& session) {
  auto& counters = result_.counters;
  const auto& facts = session.facts();
  ++counters.sent;
  if (const Failure failure = session.failure(); failure != Failure::none) {
    const auto kind = static_cast<std::size_t>(failure);
    ++counters.failures[kind];
    if (result_.failure_samples[kind].empty()) result_.failure_samples[kind] = session.message();
    const auto& timeline = session.timeline();
    result_.metrics[Metric::e2e_failed].record(timeline.close - timeline.send);
    return;
  }
  ++counters.ok;
  if (session.timeline().close <= window_.to) ++counters.completed_in_window;
  counters.chunks += facts.chunks;
  counters.merged_chunks += facts.merged;
  counters.output_tokens += output_tokens(facts);
  counters.prompt_tokens += facts.prompt_tokens;
  count_mismatches(session);
  if (facts.stamp) ++counters.stamped;
  if (options_.stream && facts.done == 0) ++counters.missing_done;
  const auto sample = sample_of(session.timeline(), facts, options_.stream);
  sample.record_in(result_.metrics);
  result_.attainment.count(options_.service_level.objectives, sample);
}

void Worker::count_mismatches(const Session& session) {
  const auto& facts = session.facts();
  if (!facts.has_usage) return;
  const auto& asked = session.asked();
  if (facts.prompt_tokens != asked.prompt) ++result_.counters.prompt_mismatches;
  const bool as_long = options_.ignore_eos ? facts.completion_tokens == asked.output
                                           : facts.completion_tokens <= asked.output;
  if (!as_long) ++result_.counters.output_mismatches;
}

void Worker::on_content_read(std::uint64_t events, Nanos read_ns) {
  if (read_ns - batch_before_ > kTimely) return;  // we came late: what piled up is our doing
  ++result_.counters.timely_reads;
  result_.counters.timely_events += events;
}

void Worker::sweep(Nanos now) {
  for (auto& session : sessions_) {
    if (session->busy() && now - session->timeline().send > options_.timeout) {
      session->abandon(Failure::timeout,
                       fmt::format("no complete reply within {} s",
                                   static_cast<double>(options_.timeout) / kSecond));
    } else if (!session->busy() && !session->connected() && !session->connecting() &&
               may_send(now)) {
      ++connecting_;
      session->connect();
    }
  }
}

}  // namespace hopcost::loadgen
