// The part of Connection that answers API requests the general way: everything that is not one
// plain text at a model's own pace.

#include <boost/beast/core/string.hpp>

#include "mockserver/api/messages.hpp"
#include "mockserver/server/call.hpp"
#include "mockserver/server/connection.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

PlainReply error_reply_of(Endpoint endpoint, const ApiError& error) {
  auto reply = error_reply(error);
  if (endpoint == Endpoint::messages) reply.body = messages_error_body(error);
  return reply;
}

/// What the header fields of a request ask to go wrong, added to `plan`.
std::optional<ApiError> add_asked_faults(const Request& request, FaultPlan& plan) {
  const auto refuse = [](std::string_view header, const std::string& why) {
    return ApiError{400, why, std::string(header), "invalid_fault"};
  };
  if (const auto text = request.header(kFaultHeader)) {
    const auto faults = parse_fault_header(*text);
    if (!faults) return refuse(kFaultHeader, faults.error());
    for (const auto& fault : *faults) plan.add(fault);
  }
  if (const auto text = request.header(kReturnErrorHeader)) {
    const auto fault = parse_return_error(*text);
    if (!fault) return refuse(kReturnErrorHeader, fault.error());
    plan.add(*fault);
  }
  return std::nullopt;
}

bool same_header(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// Fields that a reply has of its own, also when the rest of it was recorded.
bool is_ours(std::string_view name) {
  for (const auto* const ours : {"content-length", "transfer-encoding", "connection", "keep-alive",
                                 "date", "x-request-id", "content-type"}) {
    if (same_header(name, ours)) return true;
  }
  return false;
}

KeyHeaders key_headers(const Request& request) {
  return {request.header("authorization"), request.header("x-api-key"), request.header("api-key")};
}

}  // namespace

void Connection::answer_call() {
  const auto& compiled = worker_.compiled();
  const Services& services = *compiled->services;
  const auto state = services.state(read_ns());
  if (state.down) {
    crash();
    return;
  }
  id_ = worker_.ids().next();
  call_ = std::make_unique<Call>(request_.endpoint(), compiled, read_ns(), view(id_),
                                 worker_.clock().unix_seconds(), worker_.split_random(),
                                 Call::Tally{worker_.counters(), worker_.pacing()});
  call_->record(request_);
  if (const auto error = services.keys.check(key_headers(request_))) {
    refuse_call(*error);
    return;
  }
  if (services.replay) {
    const auto* recorded = services.replay->find("POST", request_.target(), request_.body());
    if (recorded != nullptr) {
      replay_call(*recorded);
      return;
    }
  }
  if (const auto error = call_->read(request_.body())) {
    refuse_call(*error);
    return;
  }
  if (call_->stamp_id()) ++worker_.counters().stamped;
  FaultPlan plan;
  if (!compiled->scenario.ignore_fault_headers) {
    if (const auto error = add_asked_faults(request_, plan)) {
      refuse_call(*error);
      return;
    }
  }
  add_ruled_faults(plan, state);
  const bool fails = plan.error_status != 0;
  worker_.count_faults(plan);
  call_->set_faults(std::move(plan));
  if (fails) {
    const auto error = call_->faults().error();
    call_->faults().append_error_headers(call_->lines());
    refuse_call(error);
    return;
  }
  const auto key = presented_key(key_headers(request_)).value_or(kAnonymousKey);
  if (const auto error = call_->take_budget(key)) {
    refuse_call(*error);
    return;
  }
  if (const auto error = call_->compose()) {
    refuse_call(*error);
    return;
  }
  join_call();
}

void Connection::add_ruled_faults(FaultPlan& plan, const ProfileState& state) {
  const Services& services = *worker_.compiled()->services;
  const auto number = services.request_number->fetch_add(1, std::memory_order_relaxed) + 1;
  if (!services.faults.empty()) {
    RequestFacts facts;
    facts.model = call_->model_name();
    facts.path = std::string_view(request_.target()).substr(0, request_.target().find('?'));
    facts.number = number;
    facts.header = [this](std::string_view name) { return request_.header(name); };
    services.faults.add_to(plan, facts, worker_.random());
  }
  if (state.errors > 0 && worker_.random().uniform() < state.errors) {
    plan.add(Fault{.kind = FaultKind::error, .status = 500});
  }
}

void Connection::join_call() {
  state_ = State::waiting;
  // News comes from any thread; it is carried home to this one.
  const auto outcome = call_->join(
      [weak = weak_from_this(), &home = worker_.loop(), call = call_.get()](Engine::News news) {
        home.post([weak, call, news] {
          const auto self = std::static_pointer_cast<Connection>(weak.lock());
          if (self && self->call_.get() == call) self->on_news(news);
        });
      });
  if (outcome == Engine::Outcome::refused) {
    call_->lines() += "Retry-After: 1\r\n";
    refuse_call({503, "The server has as many requests waiting as it takes.", "", "overloaded",
                 "server_error"});
  } else if (outcome == Engine::Outcome::started) {
    begin_call();
  }
}

void Connection::on_news(const Engine::News& news) {
  if (news.started && state_ == State::waiting) {
    call_->start_in_turn(news.at_ns);
    begin_call();
  } else if (news.tokens > 0 && state_ == State::replying) {
    call_->grant(news.tokens, news.at_ns);
    if (!flushing()) deliver();
  }
  process();
}

void Connection::begin_call() {
  if (const auto* const model = call_->running_model()) {
    run_ = Run{model->tally, call_->received_ns(), call_->facts()};
    ++model->tally->running;
  }
  is_error_ = call_->faults().body == BodyKind::html;
  auto head = reply_head(call_->content_type(), call_->streams());
  const auto& plan = call_->faults();
  if (plan.body == BodyKind::html) head.status = plan.body_status;
  head.processing_ns = call_->processing_ns();
  if (call_->streams() && plan.body == BodyKind::answer) {
    call_->lines() += "Cache-Control: no-cache\r\n";
    head.chunked = parser_->version() >= 11;
  } else {
    head.length = call_->promised_length();
  }
  head.lines = call_->lines();
  std::string text;
  append_reply_head(text, head);
  state_ = State::replying;
  call_->begin(std::move(text), head.chunked);
  deliver();
}

void Connection::refuse_call(const ApiError& error) {
  is_error_ = true;
  const auto reply = error_reply_of(request_.endpoint(), error);
  auto head = reply_head(reply.content_type, false);
  head.status = reply.status;
  head.length = reply.body.size();
  head.lines = call_->lines();
  std::string text;
  append_reply_head(text, head);
  state_ = State::replying;
  call_->begin_instead(std::move(text), reply.body);
  deliver();
}

void Connection::replay_call(const Exchange& recorded) {
  is_error_ = recorded.status >= 400;
  const bool streams = ReplaySending::streams(recorded);
  std::string_view content_type = "application/json";
  for (const auto& [name, value] : recorded.reply_headers) {
    if (same_header(name, "content-type")) {
      content_type = value;
    } else if (!is_ours(name) && value != kRedacted) {
      call_->lines().append(name).append(": ").append(value).append("\r\n");
    }
  }
  auto head = reply_head(content_type, streams);
  head.status = recorded.status;
  head.lines = call_->lines();
  if (streams) {
    head.chunked = parser_->version() >= 11;
  } else {
    head.length = std::get<std::string>(recorded.reply).size();
  }
  std::string text;
  append_reply_head(text, head);
  state_ = State::replying;
  call_->begin_replay(std::move(text), head.chunked, recorded);
  deliver();
}

}  // namespace hopcost::mockserver
