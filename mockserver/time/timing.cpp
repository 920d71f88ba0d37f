#include "mockserver/time/timing.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

/// Beyond so many gaps an unstreamed answer takes their mean: drawing a million would hold up
/// every other answer of the worker.
constexpr std::uint64_t kDrawnGaps = 10'000;

/// A length of time x factor in whole nanoseconds, never beyond the longest delay.
Nanos scaled(double ns, double factor) {
  const double product = ns * factor;
  if (!(product < static_cast<double>(kLongestDelay))) return kLongestDelay;
  return static_cast<Nanos>(product + 0.5);
}

Nanos per_token(const YamlNode& node) {
  const Nanos ns = node.as_duration();
  if (ns > kMaxPrefillPerToken) node.complain("must be from 0 to 1s");
  return ns;
}

/// In doubles: a product of any two 64-bit numbers fits, and `scaled` bounds it.
double prefill(const Timing& timing, std::uint64_t prompt_tokens, std::uint64_t cached_tokens) {
  const std::uint64_t cached = std::min(cached_tokens, prompt_tokens);
  return static_cast<double>(prompt_tokens - cached) *
             static_cast<double>(timing.prefill_per_token) +
         static_cast<double>(cached) * static_cast<double>(timing.cached_prefill_per_token);
}

}  // namespace

void decode_fields(YamlFields& fields, Timing& timing, const std::filesystem::path* folder) {
  if (const auto node = fields.take("ttft")) timing.ttft = decode_duration(*node, folder);
  if (const auto node = fields.take("itl")) timing.itl = decode_duration(*node, folder);
  if (const auto node = fields.take("prefill_per_token")) {
    timing.prefill_per_token = per_token(*node);
  }
  if (const auto node = fields.take("cached_prefill_per_token")) {
    timing.cached_prefill_per_token = per_token(*node);
  }
  if (const auto node = fields.take("role_early")) timing.role_early = node->as_bool();
}

nlohmann::json to_json(const Timing& timing) {
  return {{"ttft", duration_json(timing.ttft)},
          {"itl", duration_json(timing.itl)},
          {"prefill_per_token", duration_text(timing.prefill_per_token)},
          {"cached_prefill_per_token", duration_text(timing.cached_prefill_per_token)},
          {"role_early", timing.role_early}};
}

Pace::Pace(const Timing& timing, Nanos received_ns, std::uint64_t prompt_tokens,
           std::uint64_t cached_tokens, double factor, Random random)
    : itl_(&timing.itl), random_(random) {
  const Nanos first =
      scaled(timing.ttft.sample(random_) + prefill(timing, prompt_tokens, cached_tokens), factor);
  due_ = received_ns + first;
  role_due_ = timing.role_early ? received_ns : due_;
  set_factor(factor);
  asked_ = first > 0 || gap_ > 0 || (varies_ && itl_->max_value() > 0 && factor > 0);
}

void Pace::set_factor(double factor) {
  factor_ = factor;
  if (itl_ == nullptr) return;
  varies_ = !itl_->is_constant();
  if (!varies_) gap_ = scaled(itl_->mean(), factor);
}

Nanos Pace::draw_gap() {
  return scaled(itl_->sample_at(index_++, random_), factor_);
}

void Pace::advance(std::uint64_t tokens) {
  if (!varies_) {
    due_ += gap_ * static_cast<Nanos>(tokens);
    return;
  }
  for (std::uint64_t i = 0; i < tokens; ++i) due_ += draw_gap();
}

Nanos Pace::unary_due(std::uint64_t tokens) const {
  if (tokens < 2) return due_;
  const std::uint64_t gaps = tokens - 1;
  Pace copy = *this;
  copy.advance(varies_ ? std::min(gaps, kDrawnGaps) : gaps);
  if (varies_ && gaps > kDrawnGaps) {
    copy.due_ += scaled(itl_->mean(), factor_) * static_cast<Nanos>(gaps - kDrawnGaps);
  }
  return copy.due_;
}

}  // namespace hopcost::mockserver
