#include "mockserver/server/call.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/stamp.hpp"
#include "mockserver/api/chat_reader.hpp"
#include "mockserver/api/completions.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/messages.hpp"
#include "mockserver/api/read_common.hpp"
#include "mockserver/api/responses.hpp"
#include "mockserver/api/text_hash.hpp"
#include "mockserver/http/plain_reply.hpp"

namespace hopcost::mockserver {
namespace {

/// Takes the value of `read` into `asked`, or gives its error.
template <class Asked, class Read>
std::optional<ApiError> keep(Asked& asked, Read read) {
  if (!read) return std::move(read.error());
  asked = std::move(*read);
  return std::nullopt;
}

/// A stamp is another one in every request; the prompt is not.
std::string without_stamps(std::string text) {
  for (auto at = text.find("~q:"); at != std::string::npos; at = text.find("~q:", at)) {
    if (read_request_stamp(std::string_view(text).substr(at))) {
      text.erase(at, RequestStamp::kSize);
    } else {
      ++at;
    }
  }
  return text;
}

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
      sending_(tally.counters, tally.lateness_ns) {}

Call::~Call() {
  if (recorder_) recorder_->finish();
  const auto& services = *compiled_->services;
  if (place_) services.engine->leave(*place_);
  if (reserved_tokens_ > 0) {
    services.limiter->settle(budget_key_, now_ns(), reserved_tokens_,
                             prompt_tokens_ + answer_.completion_tokens);
  }
}

std::optional<ApiError> Call::read(std::string& body) {
  if (auto error = read_question(body)) return error;
  return find_model();
}

std::optional<ApiError> Call::read_question(std::string& body) {
  switch (endpoint_) {
    case Endpoint::chat_completions:
      return keep(asked_, read_chat_question(body));
    case Endpoint::completions:
      return keep(asked_, read_completions_question(body));
    case Endpoint::responses:
      return keep(asked_, read_responses_question(body));
    case Endpoint::messages:
      return keep(asked_, read_messages_question(body));
    case Endpoint::embeddings:
      return keep(asked_, read_embeddings(body));
    case Endpoint::tokenize:
      return keep(asked_, read_tokenize(body));
    case Endpoint::detokenize:
      return keep(asked_, read_detokenize(body));
    case Endpoint::moderations:
      return keep(asked_, read_moderations(body));
    case Endpoint::rerank:
      return keep(asked_, read_rerank(body));
    default:
      return ApiError{404, "There is nothing here to ask."};
  }
}

std::string_view Call::model_name() const {
  return std::visit(
      [](const auto& asked) -> std::string_view {
        if constexpr (requires { asked.model; }) {
          return asked.model;
        } else {
          return {};
        }
      },
      asked_);
}

std::optional<ApiError> Call::find_model() {
  // Where the API lets a request name no model, the first one answers.
  const bool optional = endpoint_ == Endpoint::moderations || endpoint_ == Endpoint::rerank ||
                        endpoint_ == Endpoint::tokenize || endpoint_ == Endpoint::detokenize;
  const auto name = model_name();
  model_ = name.empty() && optional ? compiled_->models.data() : compiled_->find(name);
  if (model_ == nullptr) return unknown_model(name);
  if (name.empty()) {
    std::visit(
        [this](auto& asked) {
          if constexpr (requires { asked.model; }) asked.model = model_->settings->name;
        },
        asked_);
  }
  const ModelSettings& settings = *model_->settings;
  style_ = {settings.mode, compiled_->scenario.seed,
            std::max<std::uint32_t>(
                1, static_cast<std::uint32_t>(settings.output_tokens.sample(random_))),
            settings.reasoning_tokens, settings.always_reasons};
  if (const auto* question = std::get_if<Question>(&asked_)) {
    prompt_tokens_ = question->prompt_tokens;
    stamp_id_ = question->stamp_id;
    if (auto error = too_large(*question, style_)) return error;
    if (settings.max_model_len > 0 &&
        prompt_tokens_ + question->max_tokens.value_or(1) > settings.max_model_len) {
      return ApiError{
          400,
          fmt::format("This model's maximum context length is {} tokens, but the "
                      "prompt has {} and {} were asked for.",
                      settings.max_model_len, prompt_tokens_, question->max_tokens.value_or(1)),
          "messages", "context_length_exceeded"};
    }
  } else if (const auto* embeddings = std::get_if<EmbeddingsQuestion>(&asked_)) {
    prompt_tokens_ = embeddings->prompt_tokens;
    stamp_id_ = embeddings->stamp_id;
  }
  return std::nullopt;
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

std::optional<ApiError> Call::compose() {
  facts_ = {id_, created_, model_->settings->name};
  if (const auto* question = std::get_if<Question>(&asked_)) return compose_text(*question);
  return compose_other();
}

void Call::use_cache(const Question& question) {
  const auto& cache = compiled_->services->prefix_cache;
  if (!cache) return;
  const auto salt = text_hash(model_->settings->name);
  for (const auto& prompt : question.prompts) {
    cached_tokens_ += cache->lookup_and_insert(without_stamps(prompt), salt).cached_tokens;
  }
  cached_tokens_ = std::min(cached_tokens_, prompt_tokens_);
}

std::optional<ApiError> Call::compose_text(const Question& question) {
  use_cache(question);
  answer_ = mockserver::compose(question, style_);
  answer_.cached_tokens = cached_tokens_;
  writer_ = make_writer(question, answer_, facts_);
  steps_ = std::max<std::uint32_t>(1, answer_.steps());
  if (question.stream && plan_.body == BodyKind::answer) {
    std::optional<AnswerStream::Stamps> stamps;
    if (stamp_id_) stamps = {*stamp_id_, received_ns_};
    const auto& settings = *model_->settings;
    const bool open_early = settings.timing.role_early || plan_.first_token_stall_ns > 0;
    stream_.emplace(*writer_,
                    AnswerStream::Shape{answer_.steps(), settings.delivery.tokens_per_chunk,
                                        open_early, !plan_.no_done},
                    stamps);
    return std::nullopt;
  }
  std::string body;
  stamp_at_ = writer_->body(body);
  if (!stamp_id_) stamp_at_ = kNoStamp;
  const bool changes_body = plan_.write.split_utf8 || plan_.malformed_after || plan_.huge_after ||
                            plan_.body != BodyKind::answer;
  if (changes_body) stamp_at_ = kNoStamp;  // it may lie elsewhere then
  body_ = spoil_body(plan_, std::move(body));
  return std::nullopt;
}

std::optional<ApiError> Call::compose_other() {
  std::string body;
  if (const auto* embeddings = std::get_if<EmbeddingsQuestion>(&asked_)) {
    auto made = embeddings_body(*embeddings, model_->settings->embedding_dimensions);
    if (!made) return std::move(made.error());
    body = std::move(*made);
  } else if (const auto* tokenize = std::get_if<TokenizeQuestion>(&asked_)) {
    runs_model_ = false;
    const auto longest = model_->settings->max_model_len;
    body = tokenize_body(*tokenize, longest > 0 ? longest : kMaxTokens);
  } else if (const auto* detokenize = std::get_if<DetokenizeQuestion>(&asked_)) {
    runs_model_ = false;
    body = detokenize_body(*detokenize);
  } else if (const auto* moderations = std::get_if<ModerationsQuestion>(&asked_)) {
    body = moderations_body(*moderations, id_);
  } else if (const auto* rerank = std::get_if<RerankQuestion>(&asked_)) {
    body = rerank_body(*rerank, id_);
  }
  body_ = spoil_body(plan_, std::move(body));
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
  replay_.emplace(std::move(head), chunked, recorded, received_ns_, tally_.lateness_ns);
}

SendStep Call::next(std::string& out) {
  return replay_ ? replay_->next(out) : sending_.next(out);
}

Nanos Call::due_ns() const {
  return replay_ ? replay_->due_ns() : sending_.due_ns();
}

}  // namespace hopcost::mockserver
