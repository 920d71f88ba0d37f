#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "mockserver/api/answer_stream.hpp"
#include "mockserver/api/embeddings.hpp"
#include "mockserver/api/moderations.hpp"
#include "mockserver/api/question.hpp"
#include "mockserver/api/rerank.hpp"
#include "mockserver/api/tokens_api.hpp"
#include "mockserver/fault/fault_plan.hpp"
#include "mockserver/http/route.hpp"
#include "mockserver/server/compiled_scenario.hpp"
#include "mockserver/server/disturbed_sending.hpp"
#include "mockserver/server/recorder.hpp"
#include "mockserver/server/replay_sending.hpp"

namespace hopcost::mockserver {

/// One API request answered the general way, from its body to the last byte of its reply: whatever
/// the fast path does not do. Knows no socket; its connection asks it what to send and when.
class Call {
 public:
  /// What it counts into, of its worker.
  struct Tally {
    Counters& counters;
    PacingTally& pacing;
  };
  /// Views are copied. `received_ns`: when the request's last byte was there.
  Call(Endpoint endpoint, std::shared_ptr<const CompiledScenario> compiled, Nanos received_ns,
       std::string_view id, std::string_view created, Random random, Tally tally);
  /// Gives back what the request still holds: its place in the engine, tokens it did not use.
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Before there is an answer, in this order.
  /// What is wrong with the request, if anything is.
  [[nodiscard]] std::optional<ApiError> read(std::string& body);
  [[nodiscard]] std::string_view model_name() const;
  /// What goes wrong with the reply, besides what the model's own settings ask for.
  void set_faults(FaultPlan plan);
  /// Takes the request's tokens out of the budget of `key`; an error where they are not there. The
  /// lines tell the client about its budget in both cases.
  [[nodiscard]] std::optional<ApiError> take_budget(std::string_view key);
  /// Puts the answer together. An error where the model cannot say so much.
  [[nodiscard]] std::optional<ApiError> compose();

  // Once there is an answer.
  /// The request's turn; `listener` is told what comes later.
  [[nodiscard]] Engine::Outcome join(Engine::Listener listener);
  /// Sets the pace: from `start_ns` on the model works on it. `slowdown`: by load.
  void start(Nanos start_ns, double slowdown);
  /// The same for one that had to wait.
  void start_in_turn(Nanos start_ns) { start(start_ns, compiled_->services->engine->slowdown()); }
  /// With steps: so many tokens are there since `at_ns`.
  void grant(std::uint64_t tokens, Nanos at_ns) { sending_.grant(tokens, at_ns); }

  [[nodiscard]] Nanos received_ns() const { return received_ns_; }
  [[nodiscard]] bool streams() const { return stream_.has_value(); }
  [[nodiscard]] const FaultPlan& faults() const { return plan_; }
  [[nodiscard]] std::string_view content_type() const;
  [[nodiscard]] std::size_t promised_length() const {
    return body_.promised;
  }  ///< of a unary reply
  [[nodiscard]] Nanos processing_ns() const { return processing_ns_; }
  [[nodiscard]] std::string& lines() { return lines_; }  ///< more header lines of the reply
  [[nodiscard]] const std::optional<std::uint32_t>& stamp_id() const { return stamp_id_; }

  /// Begins to send under this head. Once.
  void begin(std::string head, bool chunked);
  /// An error, or whatever else was put together, in place of an answer.
  void begin_instead(std::string head, std::string body);
  void begin_replay(std::string head, bool chunked, const Exchange& recorded);
  [[nodiscard]] SendStep next(std::string& out);
  /// Keeps a record of the exchange from here on.
  void record(const Request& request);
  /// These bytes are sent now.
  void note_sent(std::string_view bytes) {
    if (recorder_) recorder_->take(bytes, now_ns());
  }
  [[nodiscard]] Nanos first_token_ns() const { return sending_.first_token_ns(); }
  /// The model that works on it; null where none does.
  [[nodiscard]] const CompiledModel* running_model() const {
    return runs_model_ ? model_ : nullptr;
  }
  [[nodiscard]] FinishedRequest facts() const;
  [[nodiscard]] Nanos due_ns() const;

 private:
  using Body = std::variant<std::monostate, Question, EmbeddingsQuestion, TokenizeQuestion,
                            DetokenizeQuestion, ModerationsQuestion, RerankQuestion>;

  [[nodiscard]] std::optional<ApiError> read_question(std::string& body);
  [[nodiscard]] std::optional<ApiError> find_model();
  [[nodiscard]] std::optional<ApiError> compose_text(const Question& question);
  [[nodiscard]] std::optional<ApiError> compose_other();
  void use_cache(const Question& question);

  const Endpoint endpoint_;
  const std::shared_ptr<const CompiledScenario> compiled_;
  const Nanos received_ns_;
  const std::string id_;
  const std::string created_;
  Random random_;
  Tally tally_;

  Body asked_;
  const CompiledModel* model_ = nullptr;
  AnswerStyle style_;
  std::optional<std::uint32_t> stamp_id_;
  FaultPlan plan_;
  std::string lines_;

  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t cached_tokens_ = 0;
  std::uint32_t steps_ = 1;  ///< tokens one after another
  bool runs_model_ = true;   ///< it takes the model's time
  ReplyFacts facts_;
  Answer answer_;
  std::unique_ptr<ReplyWriter> writer_;
  std::optional<AnswerStream> stream_;
  SpoiltBody body_;  ///< of a unary reply
  std::size_t stamp_at_ = kNoStamp;

  std::string budget_key_;
  std::uint64_t reserved_tokens_ = 0;
  std::optional<std::uint64_t> place_;  ///< in the engine
  Pace pace_;
  Nanos processing_ns_ = 0;
  Nanos started_ns_ = 0;
  DisturbedSending sending_;
  std::optional<ReplaySending> replay_;
  std::optional<Recorder> recorder_;
};

}  // namespace hopcost::mockserver
