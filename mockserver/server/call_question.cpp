// The part of Call that reads the question and puts the answer together.

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
#include "mockserver/server/call.hpp"

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

}  // namespace

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

}  // namespace hopcost::mockserver
