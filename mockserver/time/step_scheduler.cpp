#include "mockserver/time/step_scheduler.hpp"

#include <algorithm>

#include "mockserver/time/distribution.hpp"

namespace hopcost::mockserver {

StepScheduler::StepScheduler(const LoadModel& load)
    : model_(load.step.value_or(StepModel{})),
      max_running_(std::max<std::size_t>(load.max_running, 1)),
      max_waiting_(load.max_waiting) {
  model_.max_batch_tokens =
      std::max(model_.max_batch_tokens, static_cast<std::uint32_t>(max_running_));
}

bool StepScheduler::add(std::uint64_t id, std::uint64_t prefill, std::uint64_t tokens, Nanos now) {
  if (places_.contains(id)) return false;
  // Those that find room at the next step do not wait for others.
  const std::size_t room = max_running_ - running_.size();
  if (waiting_.size() >= room + max_waiting_) return false;
  Sequence sequence;
  sequence.id = id;
  sequence.prefill_left = std::max<std::uint64_t>(prefill, 1);
  sequence.tokens = std::max<std::uint64_t>(tokens, 1);
  sequence.arrived = now;
  places_.emplace(id, Place{&waiting_, waiting_.insert(waiting_.end(), sequence)});
  if (!step_end_) begin_step(now);
  return true;
}

void StepScheduler::plan_prefill(Sequence& sequence, std::uint64_t& budget) {
  sequence.prefill_in_step = std::min(sequence.prefill_left, budget);
  budget -= sequence.prefill_in_step;
  sequence.token_in_step =
      sequence.prefill_in_step > 0 && sequence.prefill_in_step == sequence.prefill_left;
}

void StepScheduler::admit(Nanos start, std::uint64_t& budget) {
  while (budget > 0 && running_.size() < max_running_ && !waiting_.empty()) {
    auto& first = waiting_.front();
    // finish_step came late: this one was not there yet when the step began.
    if (first.arrived > start) return;
    places_[first.id].list = &running_;
    running_.splice(running_.end(), waiting_, waiting_.begin());
    plan_prefill(running_.back(), budget);
  }
}

void StepScheduler::begin_step(Nanos start) {
  step_end_.reset();
  if (running_.empty()) {
    if (waiting_.empty()) return;
    start = std::max(start, waiting_.front().arrived);
  }
  std::uint64_t decoding = 0;
  for (auto& sequence : running_) {
    sequence.prefill_in_step = 0;
    sequence.token_in_step = sequence.prefill_left == 0;
    if (sequence.token_in_step) ++decoding;
  }
  const std::uint64_t for_prompts = model_.max_batch_tokens - decoding;
  std::uint64_t budget = for_prompts;
  for (auto& sequence : running_) {
    if (sequence.prefill_left > 0) plan_prefill(sequence, budget);
  }
  admit(start, budget);
  const double length =
      static_cast<double>(model_.base) +
      static_cast<double>(model_.per_sequence) * static_cast<double>(decoding) +
      static_cast<double>(model_.per_prefill_token) * static_cast<double>(for_prompts - budget);
  const double scaled = length * factor_;
  const bool fits = scaled < static_cast<double>(kLongestDelay);
  step_end_ = start + (fits ? static_cast<Nanos>(scaled + 0.5) : kLongestDelay);
}

void StepScheduler::finish_step(std::vector<Produced>& out) {
  if (!step_end_) return;
  const Nanos end = *step_end_;
  for (auto it = running_.begin(); it != running_.end();) {
    it->prefill_left -= it->prefill_in_step;
    if (!it->token_in_step) {
      ++it;
      continue;
    }
    const bool last = it->given + 1 == it->tokens;
    out.push_back(Produced{it->id, it->given, end, last});
    ++it->given;
    if (!last) {
      ++it;
      continue;
    }
    places_.erase(it->id);
    it = running_.erase(it);
  }
  begin_step(end);
}

bool StepScheduler::remove(std::uint64_t id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return false;
  place->second.list->erase(place->second.at);
  places_.erase(place);
  return true;
}

}  // namespace hopcost::mockserver
