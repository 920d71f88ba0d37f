// The part of Connection that decides what the answer to a request is.

#include <algorithm>

#include "mockserver/api/chat_peek.hpp"
#include "mockserver/server/admin.hpp"
#include "mockserver/server/connection.hpp"
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
  if (request_.verb() == http::verb::options) {
    answer_now(options_reply(request_.allow(), worker_.compiled()->scenario.cors));
    return;
  }
  if (!request_.method_allowed()) {
    answer_now(wrong_method_reply(request_.allow()));
    return;
  }
  const auto& compiled = *worker_.compiled();
  switch (request_.endpoint()) {
    case Endpoint::models: {
      std::vector<std::string_view> names;
      for (const auto& model : compiled.models) {
        names.emplace_back(model.settings->name);
        names.insert(names.end(), model.settings->aliases.begin(), model.settings->aliases.end());
      }
      answer_now(models_reply(names));
      break;
    }
    case Endpoint::model:
      answer_now(model_reply(request_.detail(), compiled.find(request_.detail()) != nullptr));
      break;
    case Endpoint::health:
      answer_now(health_reply());
      break;
    case Endpoint::metrics:
    case Endpoint::stats:
    case Endpoint::reset:
    case Endpoint::scenario:
      ask_admin();
      break;
    default:
      answer_api();
      break;
  }
}

void Connection::answer_api() {
  auto& counters = worker_.counters();
  ++counters.requests;
  ++counters.in_flight;
  if (answered_++ > 0) ++counters.reused;
  is_api_ = true;
  if (!answer_fast()) answer_call();
}

bool Connection::answer_fast() {
  if (request_.endpoint() != Endpoint::chat_completions || request_.asks_for_faults()) return false;
  const auto& compiled = *worker_.compiled();
  if (!compiled.plain) return false;
  const auto chat = peek_plain_chat(request_.body());
  if (!chat) return false;
  const CompiledModel* const model = compiled.find(chat->model);
  if (model == nullptr || !model->plain) return false;
  run_ = Run{model->tally, read_ns(), {}};
  if (chat->stamp_id) ++worker_.counters().stamped;
  is_error_ = false;
  answer_plain_chat(*chat, *model);
  return true;
}

void Connection::answer_plain_chat(const PlainChat& chat, const CompiledModel& model) {
  const ModelSettings& settings = *model.settings;
  const auto output_tokens =
      std::max(1U, static_cast<std::uint32_t>(settings.output_tokens.sample(worker_.random())));
  const auto [tokens, cut] = length_of(chat, output_tokens);
  run_.facts.reason = cut ? FinishedReason::length : FinishedReason::stop;
  run_.facts.prompt_tokens = chat.prompt_tokens;
  run_.facts.generation_tokens = tokens;
  ++model.tally->running;
  const Pace pace(settings.timing, read_ns(), chat.prompt_tokens, 0, 1, worker_.split_random());

  id_ = worker_.ids().next();
  auto head = reply_head(chat.stream ? "text/event-stream" : "application/json", chat.stream);
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
    head.processing_ns = pace.role_due() - read_ns();
    append_reply_head(sending_.head(), head);
    plain_stream_.begin(model.prepared, facts, settings.timing.role_early,
                        settings.delivery.tokens_per_chunk);
    sending_.begin_stream(plain_stream_, pace, {head.chunked, settings.delivery.events_per_write},
                          read_ns());
  } else {
    head.length = model.prepared.body_size(facts);
    const Nanos due_ns = pace.unary_due(tokens);
    head.processing_ns = due_ns - read_ns();
    append_reply_head(out_, head);
    const auto stamp_at = model.prepared.append_body(out_, facts);
    sending_.begin_unary(
        {stamp_at, chat.stamp_id.value_or(0), read_ns(), due_ns, pace.asked(), tokens});
  }
  deliver();
}

ReplyHead Connection::reply_head(std::string_view content_type, bool streams) {
  ReplyHead head;
  head.date = worker_.clock().date();
  head.content_type = content_type;
  head.request_id = view(id_);
  head.cors = worker_.compiled()->scenario.cors;
  const bool http_11 = !parser_ || parser_->version() >= 11;
  // Without HTTP/1.1 the close is the end of a stream.
  if (!http_11 && streams) keep_alive_ = false;
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
                         [weak = weak_from_this(), &home = worker_.loop()](PlainReply reply) {
                           home.post([weak, reply = std::move(reply)] {
                             const auto self = std::static_pointer_cast<Connection>(weak.lock());
                             if (!self || self->state_ != State::asking) return;
                             self->answer_now(reply);
                             self->process();
                           });
                         });
}

void Connection::answer_now(const PlainReply& reply) {
  id_ = worker_.ids().next();
  auto head = reply_head(reply.content_type, false);
  head.status = reply.status;
  if (reply.status != 204) head.length = reply.body.size();
  head.lines = reply.lines;
  append_reply_head(out_, head);
  const bool head_only = request_.head_complete() && request_.verb() == http::verb::head;
  if (!head_only) out_ += reply.body;
  state_ = State::replying;
  if (flush()) deliver();
}

}  // namespace hopcost::mockserver
