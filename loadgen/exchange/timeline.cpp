#include "loadgen/exchange/timeline.hpp"

namespace hopcost::loadgen {

std::uint64_t output_tokens(const ReplyFacts& facts) {
  return facts.has_usage ? facts.completion_tokens : facts.chunks;
}

Sample sample_of(const Timeline& timeline, const ReplyFacts& facts, bool stream) {
  Sample sample;
  const Nanos e2e = timeline.close - timeline.send;
  sample[Metric::e2e] = e2e;
  sample[Metric::e2e_from_intended] = timeline.close - timeline.intended;
  sample[Metric::lateness] = timeline.send - timeline.intended;
  if (timeline.server_time >= 0) sample[Metric::server_time] = timeline.server_time;
  if (timeline.first_byte != 0) sample[Metric::ttfb] = timeline.first_byte - timeline.send;

  const std::uint64_t tokens = output_tokens(facts);
  if (tokens > 0) sample[Metric::ntpot] = e2e / static_cast<Nanos>(tokens);

  if (facts.stamp) {
    sample[Metric::request_path] = facts.stamp->received_ns - timeline.last_send;
    const Nanos read = stream ? facts.first_content : timeline.close;
    sample[Metric::response_path] = read - facts.stamp->sent_ns;
  }
  if (!stream) return sample;

  if (facts.first_choices != 0) {
    sample[Metric::ttfc] = facts.first_choices - timeline.send;
  }
  if (facts.first_content == 0) return sample;
  sample[Metric::ttft] = facts.first_content - timeline.send;
  sample[Metric::ttft_from_intended] = facts.first_content - timeline.intended;
  const Nanos spread = facts.last_content - facts.first_content;
  if (facts.chunks > 1) {
    sample[Metric::itl] = spread / static_cast<Nanos>(facts.chunks - 1);
  }
  sample[Metric::last_content] = facts.last_content - timeline.send;
  sample[Metric::first_gap] = facts.first_content - facts.first_choices;
  if (tokens > 0) {
    const auto all = static_cast<Nanos>(tokens);
    sample[Metric::tpot_of_all] = spread / all;
    sample[Metric::tpot_from_send] = (facts.last_content - timeline.send) / all;
  }
  if (tokens > 1) {
    const auto others = static_cast<Nanos>(tokens - 1);
    sample[Metric::tpot] = spread / others;
    sample[Metric::tpot_from_choices] = (facts.last_content - facts.first_choices) / others;
    sample[Metric::tpot_to_close] = (timeline.close - facts.first_content) / others;
  }
  return sample;
}

}  // namespace hopcost::loadgen
