// The part of Connection that answers chat completions and keeps their time.

#include <boost/asio/post.hpp>

#include "common/stamp.hpp"
#include "mockserver/server/connection.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

/// Writes of one stream before other connections get their turn.
constexpr int kBurst = 16;

struct Length {
  std::uint32_t tokens;
  bool cut;
};

/// How long an answer gets, and whether the request's limit is what ended it.
Length length_of(const ChatRequest& request, const Scenario& scenario) {
  if (!request.max_tokens) return {scenario.output_tokens, false};
  if (request.ignore_eos) return {*request.max_tokens, true};
  const bool cut = *request.max_tokens < scenario.output_tokens;
  return {cut ? *request.max_tokens : scenario.output_tokens, cut};
}

}  // namespace

void Connection::answer_chat() {
  auto& counters = worker_.counters();
  ++counters.requests;
  ++counters.in_flight;
  is_chat_ = true;
  is_error_ = true;
  const auto request = peek_chat_request(request_.body());
  if (!request) {
    answer_plain(error_reply(request.error()));
    return;
  }
  if (request->stamp_id) ++counters.stamped;
  const auto& compiled = worker_.compiled();
  const ResponsePlan* const plan = compiled->find(request->model);
  if (plan == nullptr) {
    answer_plain(error_reply(unknown_model(request->model)));
    return;
  }
  is_error_ = false;
  const Scenario& scenario = compiled->scenario;
  const auto [tokens, cut] = length_of(*request, scenario);
  pace_ = {scenario.ttft, scenario.itl};
  const bool http_11 = parser_->version() >= 11;
  if (request->stream && !http_11) keep_alive_ = false;  // the close is the end of the stream

  facts_.id = worker_.ids().next();
  facts_.date = worker_.clock().date();
  facts_.created = worker_.clock().unix_seconds();
  facts_.connection = ConnectionField::none;
  if (!keep_alive_) {
    facts_.connection = ConnectionField::close;
  } else if (!http_11) {
    facts_.connection = ConnectionField::keep_alive;
  }
  facts_.chunked = http_11;
  facts_.include_usage = request->include_usage;
  facts_.cut = cut;
  facts_.tokens = tokens;
  facts_.prompt_tokens = request->prompt_tokens;
  facts_.stamp_id = request->stamp_id;
  facts_.received_ns = read_ns();
  known_now_ns_ = facts_.received_ns;

  if (request->stream) {
    facts_.processing_ns = scenario.role_early ? 0 : pace_.ttft;
    stream_.begin(compiled, *plan, facts_);
    state_ = State::streaming;
    run_stream();
  } else {
    due_ns_ = pace_.unary_due(facts_.received_ns, tokens);
    facts_.processing_ns = due_ns_ - facts_.received_ns;
    answer_unary(*plan);
  }
}

void Connection::answer_unary(const ResponsePlan& plan) {
  stamp_at_ = plan.append_unary(out_, facts_);
  if (due_ns_ > known_now_ns_) {
    state_ = State::holding;
    at(due_ns_, &Connection::send_held);
  } else {
    send_unary();
  }
}

void Connection::send_held() {
  send_unary();
  process();
}

void Connection::send_unary() {
  const bool stamped = stamp_at_ != kNoStamp;
  if (stamped || pace_.asked()) {
    const Nanos sent_ns = now_ns();
    if (pace_.asked()) worker_.lateness_ns().record(sent_ns - due_ns_);
    if (stamped) {
      write_stamp(out_.data() + stamp_at_,
                  ReplyStamp{*facts_.stamp_id, facts_.received_ns, sent_ns});
    }
  }
  send_reply();
}

void Connection::resume_stream() {
  // Called when the next chunk's deadline has passed.
  known_now_ns_ = due_ns_;
  run_stream();
  process();
}

void Connection::run_stream() {
  for (int writes = 0; stream_.next() != ChatStream::Part::none; ++writes) {
    const bool content = stream_.next() == ChatStream::Part::content;
    const bool timed = content && pace_.asked();
    if (timed) {
      due_ns_ = pace_.chunk_due(facts_.received_ns, stream_.index());
      if (due_ns_ > known_now_ns_) {
        at(due_ns_, &Connection::resume_stream);
        return;
      }
    }
    if (writes == kBurst) {
      asio::post(executor(), [this, self = shared_from_this()] {
        if (state_ != State::streaming) return;
        run_stream();
        process();
      });
      return;
    }
    stream_.append_next(out_);
    worker_.counters().chunks += content ? 1U : 0U;
    if (timed || stream_.needs_stamp()) {
      known_now_ns_ = now_ns();
      stream_.stamp(out_, known_now_ns_);
      if (timed) worker_.lateness_ns().record(known_now_ns_ - due_ns_);
    }
    if (!flush()) return;
  }
  finish_reply();
}

}  // namespace hopcost::mockserver
