#include "mockserver/server/connection.hpp"

#include <algorithm>

#include "mockserver/server/call.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

/// How long a client may go on sending after its connection was refused.
constexpr Nanos kLinger = kSecond;

}  // namespace

Connection::Connection(Descriptor socket, Worker& worker)
    : Wire(std::move(socket), worker.loop(), worker.counters().bytes, worker.scratch()),
      worker_(worker),
      deadline_(worker.loop().deadlines(),
                [this] {
                  const auto self = shared_from_this();
                  const auto then = then_;
                  (this->*then)();
                }),
      sending_(worker.counters(), worker.pacing()) {}

Connection::~Connection() = default;

void Connection::start() {
  open();
  keep_reading();
}

void Connection::start_refused(const ApiError& error) {
  open();
  if (closed()) return;
  refuse(error);
  process();
}

void Connection::drain() {
  if (state_ == State::reading && !parser_ && in_.empty()) close();
}

void Connection::expire(Nanos began_before_ns) {
  if (state_ != State::reading || began_ns_ == 0 || began_ns_ >= began_before_ns) return;
  ++worker_.counters().timeouts;
  refuse({408, "The request did not come whole in time."});
}

void Connection::close() {
  if (state_ == State::closed) return;
  if (is_api_) {
    run_.facts.reason = FinishedReason::abort;
    end_run();
    ++worker_.counters().disconnects;
    --worker_.counters().in_flight;
    is_api_ = false;
  }
  state_ = State::closed;
  sending_.drop();
  call_.reset();
  deadline_.cancel();
  close_socket();
  worker_.forget(*this);
}

void Connection::crash() {
  count_reply(true);
  reset_on_close();
  close();
}

void Connection::on_gone() {
  close();
}

void Connection::on_flushed() {
  if (state_ == State::continuing) {
    state_ = State::reading;
  } else if (state_ == State::replying) {
    deliver();
  }
  process();
}

void Connection::deliver() {
  take_back();
  while (state_ == State::replying) {
    const auto step = call_ ? call_->next(out_) : sending_.next(out_);
    switch (step) {
      case SendStep::send:
        if (call_) call_->note_sent(out_);
        if (!flush()) return;
        break;
      case SendStep::wait:
        hold();
        at(call_ ? call_->due_ns() : sending_.due_ns(), &Connection::resume);
        return;
      case SendStep::yield:
        yield();
        return;
      case SendStep::idle:
        hold();
        return;
      case SendStep::done:
        finish_reply();
        return;
      case SendStep::close:
        keep_alive_ = false;
        count_reply(true);
        finish_reply();
        return;
      case SendStep::reset:
        crash();
        return;
    }
  }
}

void Connection::end_run() {
  if (run_.tally == nullptr) return;
  auto& tally = *run_.tally;
  auto& facts = run_.facts;
  const Nanos now = call_ ? now_ns() : sending_.known_now_ns();
  const Nanos first_ns = call_ ? call_->first_token_ns() : sending_.first_token_ns();
  facts.end_ns = std::max<Nanos>(0, now - run_.received_ns);
  facts.first_token_ns = std::clamp<Nanos>(first_ns - run_.received_ns, 0, facts.end_ns);
  if (facts.reason == FinishedReason::abort) facts.generation_tokens = 0;
  tally.counters.record(facts);
  --tally.running;
  run_ = {};
}

void Connection::count_reply(bool failed) {
  if (!is_api_) return;
  if (failed) run_.facts.reason = FinishedReason::abort;
  end_run();
  auto& counters = worker_.counters();
  ++(failed ? counters.errors : counters.ok);
  --counters.in_flight;
  is_api_ = false;
}

void Connection::on_yielded() {
  resume();
}

void Connection::resume() {
  // A wake-up that comes too late must not touch what is being sent meanwhile.
  if (state_ != State::replying || flushing()) return;
  deliver();
  process();
}

void Connection::finish_reply() {
  count_reply(is_error_);
  // A wait may be under way although the reply has ended: tokens came before the next ping.
  deadline_.cancel();
  call_.reset();
  if (!keep_alive_ || worker_.draining()) {
    end();
    return;
  }
  parser_.reset();
  state_ = State::reading;
}

void Connection::end() {
  if (parser_ && parser_->is_done() && in_.empty()) {
    close();
    return;
  }
  // Closing with unread bytes resets the connection, and the client may lose the reply to it.
  state_ = State::lingering;
  in_.consume(in_.size());
  finish_sending();
  at(now_ns() + kLinger, &Connection::close);
}

void Connection::at(Nanos due_ns, void (Connection::*then)()) {
  then_ = then;
  deadline_.set(due_ns);
}

}  // namespace hopcost::mockserver
