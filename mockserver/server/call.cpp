#include "mockserver/server/call.hpp"

#include <algorithm>

namespace hopcost::mockserver {
namespace {

std::uint64_t answer_limit(const Question& question, const AnswerStyle& style) {
  const std::uint64_t each = question.max_tokens
                                 ? question.ignore_eos
                                       ? *question.max_tokens
                                       : std::min(*question.max_tokens, style.output_tokens)
                                 : style.output_tokens;
  return each * question.choices * question.prompts.size();
}

}  // namespace

Call::Call(Endpoint endpoint, std::shared_ptr<const CompiledScenario> compiled, Nanos received_ns,
           std::string_view id, std::string_view created, Random random, Tally tally)
    : endpoint_(endpoint),
      compiled_(std::move(compiled)),
      received_ns_(received_ns),
      id_(id),
      created_(created),
      random_(random),
      tally_(tally),
      sending_(tally.counters, tally.pacing) {}

Call::~Call() {
  if (recorder_) recorder_->finish();
  const auto& services = *compiled_->services;
  if (place_) services.engine->leave(*place_);
  if (reserved_tokens_ > 0) {
    services.limiter->settle(budget_key_, now_ns(), reserved_tokens_,
                             prompt_tokens_ + answer_.completion_tokens);
  }
}

void Call::set_faults(FaultPlan plan) {
  plan_ = std::move(plan);
  const auto& delivery = model_->settings->delivery;
  if (plan_.write.bytes == 0) plan_.write.bytes = delivery.bytes_per_write;
}

std::optional<ApiError> Call::take_budget(std::string_view key) {
  const auto& limiter = compiled_->services->limiter;
  if (!limiter) return std::nullopt;
  std::uint64_t tokens = prompt_tokens_;
  if (const auto* question = std::get_if<Question>(&asked_))
    tokens += answer_limit(*question, style_);
  const auto decision = limiter->admit(key, received_ns_, tokens);
  append_headers(lines_, decision);
  if (!decision.allowed) return refusal(decision);
  budget_key_ = key;
  reserved_tokens_ = tokens;
  return std::nullopt;
}

Engine::Outcome Call::join(Engine::Listener listener) {
  const auto& engine = compiled_->services->engine;
  if (!engine || !runs_model_) {
    start(received_ns_, 1);
    return Engine::Outcome::started;
  }
  const auto joined =
      engine->join(prompt_tokens_ - cached_tokens_, steps_, received_ns_, std::move(listener));
  if (joined.outcome == Engine::Outcome::refused) return joined.outcome;
  place_ = joined.id;
  if (joined.outcome == Engine::Outcome::started) start(received_ns_, joined.slowdown);
  return joined.outcome;
}

void Call::start(Nanos start_ns, double slowdown) {
  started_ns_ = start_ns;
  const auto& services = *compiled_->services;
  if (!runs_model_) {
    static const Timing at_once;
    pace_ = Pace(at_once, start_ns, 0, 0, 1, random_);
    return;
  }
  const double factor = slowdown * services.state(start_ns).factor;
  if (services.engine && services.engine->has_steps()) {
    services.engine->set_factor(services.state(start_ns).factor);
    sending_.expect_grants();
    return;
  }
  pace_ = Pace(model_->settings->timing, start_ns, prompt_tokens_, cached_tokens_, factor, random_);
  const Nanos due_ns = stream_ ? pace_.role_due() : pace_.unary_due(steps_);
  processing_ns_ = std::max<Nanos>(0, due_ns - received_ns_);
}

void Call::record(const Request& request) {
  const auto& services = *compiled_->services;
  if (services.record) {
    recorder_.emplace(services.record, request, received_ns_, services.started_ns);
  }
}

FinishedRequest Call::facts() const {
  FinishedRequest facts;
  const bool cut = std::ranges::any_of(
      answer_.choices, [](const Choice& choice) { return choice.finish == Finish::length; });
  facts.reason = cut ? FinishedReason::length : FinishedReason::stop;
  facts.prompt_tokens = prompt_tokens_;
  facts.cached_tokens = cached_tokens_;
  facts.generation_tokens = answer_.completion_tokens;
  facts.queue_ns = std::max<Nanos>(0, started_ns_ - received_ns_);
  return facts;
}

std::string_view Call::content_type() const {
  if (plan_.wrong_content_type) return kWrongContentType;
  if (plan_.body == BodyKind::html) return "text/html";
  const auto* const question = std::get_if<Question>(&asked_);
  return question != nullptr && question->stream ? "text/event-stream" : "application/json";
}

void Call::begin(std::string head, bool chunked) {
  sending_.set_plan(plan_);
  if (stream_) {
    sending_.begin_stream(std::move(head), *stream_, pace_,
                          {chunked, model_->settings->delivery.events_per_write}, received_ns_);
    return;
  }
  const Nanos due_ns = pace_.unary_due(steps_);
  sending_.begin_unary(
      std::move(head), std::move(body_.bytes),
      {stamp_at_, stamp_id_.value_or(0), received_ns_, due_ns, pace_.asked(), steps_}, steps_);
}

void Call::begin_instead(std::string head, std::string body) {
  stream_.reset();
  sending_.set_plan(plan_);
  sending_.begin_unary(std::move(head), std::move(body),
                       {kNoStamp, 0, received_ns_, received_ns_, false, 1}, 1);
}

void Call::begin_replay(std::string head, bool chunked, const Exchange& recorded) {
  replay_.emplace(std::move(head), chunked, recorded, received_ns_, tally_.pacing);
}

SendStep Call::next(std::string& out) {
  return replay_ ? replay_->next(out) : sending_.next(out);
}

Nanos Call::due_ns() const {
  return replay_ ? replay_->due_ns() : sending_.due_ns();
}

}  // namespace hopcost::mockserver
