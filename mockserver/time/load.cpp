#include "mockserver/time/load.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::uint32_t kMaxBatchTokens = 1'000'000;

/// A part of a step: with kMaxBatchTokens of them the sum still fits 64 bits many times over.
constexpr Nanos kMaxStepPart = 60 * kSecond;

std::uint32_t count(const YamlNode& node, std::uint32_t at_least, std::uint32_t at_most) {
  return static_cast<std::uint32_t>(node.as_int(at_least, at_most));
}

Nanos step_part(const YamlNode& node) {
  const Nanos ns = node.as_duration();
  if (ns > kMaxStepPart) node.complain("must be from 0 to 60s");
  return ns;
}

StepModel decode_step(const YamlNode& node, std::uint32_t max_running) {
  StepModel step;
  auto fields = node.fields();
  if (const auto base = fields.take("base")) step.base = step_part(*base);
  if (const auto part = fields.take("per_sequence")) step.per_sequence = step_part(*part);
  if (const auto part = fields.take("per_prefill_token")) {
    step.per_prefill_token = step_part(*part);
  }
  const auto tokens = fields.take("max_batch_tokens");
  if (tokens) step.max_batch_tokens = count(*tokens, 1, kMaxBatchTokens);
  if (step.max_batch_tokens < max_running) {
    (tokens ? *tokens : node)
        .complain(fmt::format("max_batch_tokens is {}, below max_running, {}: not every sequence "
                              "would get its token",
                              step.max_batch_tokens, max_running));
  }
  // Steps without length would never let time pass.
  if (step.base + step.per_sequence <= 0) node.complain("needs a 'base' or 'per_sequence' above 0");
  fields.finish();
  return step;
}

}  // namespace

LoadModel decode_load(const YamlNode& node) {
  LoadModel load;
  auto fields = node.fields();
  if (const auto limit = fields.take("max_running"))
    load.max_running = count(*limit, 0, kMaxRunning);
  if (const auto limit = fields.take("max_waiting"))
    load.max_waiting = count(*limit, 0, kMaxWaiting);
  if (const auto slowdown = fields.take("slowdown")) {
    load.slowdown = slowdown->as_double();
    if (load.slowdown < 1 || load.slowdown > kMaxSlowdown) {
      slowdown->complain(fmt::format("must be from 1 to {:.0f}", kMaxSlowdown));
    }
    if (load.slowdown > 1 && load.max_running < 2) {
      slowdown->complain("needs a max_running of 2 or more, at which it is reached");
    }
  }
  if (const auto step = fields.take("step")) {
    if (load.max_running == 0) step->complain("needs a max_running, the most sequences in a step");
    if (load.slowdown != 1) step->complain("slows down by itself: leave slowdown out");
    load.step = decode_step(*step, load.max_running);
  }
  fields.finish();
  return load;
}

nlohmann::json to_json(const LoadModel& load) {
  nlohmann::json out{{"max_running", load.max_running}, {"max_waiting", load.max_waiting}};
  if (!load.step) {
    out["slowdown"] = load.slowdown;
    return out;
  }
  out["step"] = {{"base", duration_text(load.step->base)},
                 {"per_sequence", duration_text(load.step->per_sequence)},
                 {"per_prefill_token", duration_text(load.step->per_prefill_token)},
                 {"max_batch_tokens", load.step->max_batch_tokens}};
  return out;
}

double slowdown_factor(const LoadModel& load, std::uint64_t running) {
  if (load.max_running < 2 || running < 2) return 1;
  const auto others = static_cast<double>(std::min<std::uint64_t>(running, load.max_running) - 1);
  return 1 + (load.slowdown - 1) * others / static_cast<double>(load.max_running - 1);
}

void AdmissionQueue::set_limits(const LoadModel& load) {
  max_running_ = load.max_running;
  max_waiting_ = load.max_waiting;
}

AdmissionQueue::Admission AdmissionQueue::try_start(std::uint64_t id) {
  // After a limit was raised those that wait still go first.
  if (has_room() && waiting_.empty()) {
    ++running_;
    return {Outcome::started, 0};
  }
  if (waiting_.size() >= max_waiting_) return {Outcome::refused, 0};
  places_.emplace(id, waiting_.insert(waiting_.end(), id));
  return {Outcome::queued, waiting_.size()};
}

std::optional<std::uint64_t> AdmissionQueue::finish() {
  if (running_ > 0) --running_;
  return start_next();
}

std::optional<std::uint64_t> AdmissionQueue::start_next() {
  if (waiting_.empty() || !has_room()) return std::nullopt;
  const std::uint64_t id = waiting_.front();
  waiting_.pop_front();
  places_.erase(id);
  ++running_;
  return id;
}

bool AdmissionQueue::cancel(std::uint64_t id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return false;
  waiting_.erase(place->second);
  places_.erase(place);
  return true;
}

std::size_t AdmissionQueue::position(std::uint64_t id) const {
  if (!places_.contains(id)) return 0;
  const auto at = std::find(waiting_.begin(), waiting_.end(), id);
  return static_cast<std::size_t>(std::distance(waiting_.begin(), at)) + 1;
}

}  // namespace hopcost::mockserver
