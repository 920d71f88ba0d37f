// The part of Connection that decides what the answer to a request is.

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "mockserver/api/chat_peek.hpp"
#include "mockserver/api/reply_writer.hpp"
#include "mockserver/server/admin.hpp"
#include "mockserver/server/connection.hpp"
#include "mockserver/server/exchange.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

struct Length {
  std::uint32_t tokens;
  bool cut;
};

constexpr std::string_view kStreamLines = "Cache-Control: no-cache\r\n";

/// How long an answer gets, and whether the request's limit is what ended it.
Length length_of(const PlainChat& chat, std::uint32_t output_tokens) {
  if (!chat.max_tokens) return {output_tokens, false};
  if (chat.ignore_eos) return {*chat.max_tokens, true};
  const bool cut = *chat.max_tokens < output_tokens;
  return {cut ? *chat.max_tokens : output_tokens, cut};
}

}  // namespace

void Connection::answer() {
  keep_alive_ = parser_->keep_alive() && !worker_.draining();
  if (request_.endpoint() == Endpoint::unknown) {
    answer_now(unknown_path_reply(request_.detail()));
    return;
  }
  if (!request_.method_allowed()) {
    answer_now(wrong_method_reply(request_.allow()));
    return;
  }
  const auto& compiled = *worker_.compiled();
  switch (request_.endpoint()) {
    case Endpoint::chat_completions:
      answer_chat();
      break;
    case Endpoint::models: {
      std::vector<std::string_view> names;
      for (const auto& model : compiled.models) names.emplace_back(model.name);
      answer_now(models_reply(names));
      break;
    }
    case Endpoint::model:
      answer_now(model_reply(request_.detail(), compiled.find(request_.detail()) != nullptr));
      break;
    case Endpoint::health:
      answer_now(health_reply());
      break;
    default:
      ask_admin();
      break;
  }
}

void Connection::answer_chat() {
  auto& counters = worker_.counters();
  ++counters.requests;
  ++counters.in_flight;
  if (answered_++ > 0) ++counters.reused;
  is_api_ = true;
  is_error_ = true;
  const auto chat = peek_plain_chat(request_.body());
  const CompiledModel* const model = chat ? worker_.compiled()->find(chat->model) : nullptr;
  if (model == nullptr) {
    answer_generated();
    return;
  }
  if (chat->stamp_id) ++counters.stamped;
  is_error_ = false;
  answer_plain_chat(*chat, *model);
}

void Connection::answer_plain_chat(const PlainChat& chat, const CompiledModel& model) {
  const Scenario& scenario = worker_.compiled()->scenario;
  const auto [tokens, cut] = length_of(chat, scenario.output_tokens);
  const Pace pace{read_ns(), scenario.ttft, scenario.itl};

  auto head = reply_head(chat.stream ? "text/event-stream" : "application/json");
  PlainChatFacts facts;
  facts.id = view(id_);
  facts.created = worker_.clock().unix_seconds();
  facts.include_usage = chat.include_usage;
  facts.cut = cut;
  facts.tokens = tokens;
  facts.prompt_tokens = chat.prompt_tokens;
  facts.stamp_id = chat.stamp_id;
  facts.received_ns = read_ns();
  state_ = State::replying;
  if (chat.stream) {
    head.chunked = parser_->version() >= 11;
    head.lines = kStreamLines;
    head.processing_ns = scenario.role_early ? 0 : scenario.ttft;
    append_reply_head(delivery_.head(), head);
    plain_stream_.begin(model.prepared, facts, scenario.role_early, 1);
    delivery_.begin_stream(plain_stream_, pace, {head.chunked, 1}, read_ns());
  } else {
    head.length = model.prepared.body_size(facts);
    const Nanos due_ns = pace.unary_due(tokens);
    head.processing_ns = due_ns - read_ns();
    append_reply_head(out_, head);
    const auto stamp_at = model.prepared.append_body(out_, facts);
    delivery_.begin_unary({stamp_at, chat.stamp_id.value_or(0), read_ns(), due_ns, pace.asked()});
  }
  deliver();
}

ReplyHead Connection::reply_head(std::string_view content_type) {
  id_ = worker_.ids().next();
  ReplyHead head;
  head.date = worker_.clock().date();
  head.content_type = content_type;
  head.request_id = view(id_);
  const bool http_11 = !parser_ || parser_->version() >= 11;
  // Without HTTP/1.1 the close is the end of a stream.
  if (!http_11 && content_type == "text/event-stream") keep_alive_ = false;
  if (!keep_alive_) {
    head.connection = ConnectionField::close;
  } else if (!http_11) {
    head.connection = ConnectionField::keep_alive;
  }
  return head;
}

void Connection::ask_admin() {
  state_ = State::asking;
  AdminCall call{request_.endpoint(), request_.verb() == http::verb::put, request_.body()};
  // The answer comes on whichever thread was last; it is carried home to this one.
  worker_.admin().handle(std::move(call),
                         [weak = weak_from_this(), home = executor()](PlainReply reply) {
                           asio::post(home, [weak, reply = std::move(reply)] {
                             const auto self = std::static_pointer_cast<Connection>(weak.lock());
                             if (!self || self->state_ != State::asking) return;
                             self->answer_now(reply);
                             self->process();
                           });
                         });
}

void Connection::answer_now(const PlainReply& reply) {
  auto head = reply_head(reply.content_type);
  head.status = reply.status;
  head.length = reply.body.size();
  head.lines = reply.lines;
  append_reply_head(out_, head);
  const bool head_only = request_.head_complete() && request_.verb() == http::verb::head;
  if (!head_only) out_ += reply.body;
  state_ = State::replying;
  if (flush()) deliver();
}

}  // namespace hopcost::mockserver
