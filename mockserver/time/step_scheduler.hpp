#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/clock.hpp"
#include "mockserver/time/load.hpp"

namespace hopcost::mockserver {

/// One token that a step gave.
struct Produced {
  std::uint64_t id = 0;
  std::uint64_t token_index = 0;  ///< from 0
  Nanos due = 0;                  ///< the step's end
  bool last = false;              ///< the sequence has left the engine
};

/// The batched engine of a LoadModel with a StepModel, with continuous batching and chunked
/// prefill: sequences join and leave between steps. In one step every decoding sequence gets a
/// token; what is left of max_batch_tokens goes to prompts, in order of arrival. The step that ends
/// a prompt gives its first token. Those beyond max_running wait, first come, first served.
///
/// Time is the caller's: add and finish_step, with a timer at step_end() in between. A step begins
/// where the one before ended, however late finish_step was called: no drift. One thread.
class StepScheduler {
 public:
  /// `load.step` must be set. Limits below what the decoder takes are raised to it.
  explicit StepScheduler(const LoadModel& load);

  /// `prefill`: prompt tokens to compute, cached ones left out; `tokens`: to give; both count as 1
  /// where 0. An idle engine begins a step at `now`. False, and nothing happens, where max_waiting
  /// others wait already or `id` is in the engine.
  [[nodiscard]] bool add(std::uint64_t id, std::uint64_t prefill, std::uint64_t tokens, Nanos now);

  /// When the step under way ends; nothing where the engine is idle.
  [[nodiscard]] std::optional<Nanos> step_end() const { return step_end_; }

  /// Ends the step under way, appends what it gave and begins the next. Nothing where idle.
  void finish_step(std::vector<Produced>& out);

  /// The client left: the sequence gets no more tokens. The step under way takes as long as it
  /// would have. False where `id` is not in the engine.
  bool remove(std::uint64_t id);

  /// Multiplies the steps that begin from now on (a profile); at least 0.
  void set_factor(double factor) { factor_ = factor; }

  [[nodiscard]] std::size_t running() const { return running_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Sequence {
    std::uint64_t id = 0;
    std::uint64_t prefill_left = 0;
    std::uint64_t tokens = 0;
    std::uint64_t given = 0;
    Nanos arrived = 0;
    std::uint64_t prefill_in_step = 0;
    bool token_in_step = false;
  };
  using Sequences = std::list<Sequence>;
  struct Place {
    Sequences* list;
    Sequences::iterator at;
  };

  void begin_step(Nanos start);
  void plan_prefill(Sequence& sequence, std::uint64_t& budget);
  void admit(Nanos start, std::uint64_t& budget);

  StepModel model_;
  std::size_t max_running_;
  std::size_t max_waiting_;
  double factor_ = 1;
  Sequences running_;
  Sequences waiting_;
  std::unordered_map<std::uint64_t, Place> places_;
  std::optional<Nanos> step_end_;
};

}  // namespace hopcost::mockserver
