#include "loadgen/timeline.hpp"

namespace hopcost::loadgen {

std::uint64_t output_tokens(const ReplyFacts& facts) {
  return facts.has_usage ? facts.completion_tokens : facts.chunks;
}

void record_exchange(const Timeline& timeline, const ReplyFacts& facts, bool stream,
                     MetricSet& metrics) {
  const Nanos e2e = timeline.close - timeline.send;
  metrics[Metric::e2e].record(e2e);
  metrics[Metric::e2e_from_intended].record(timeline.close - timeline.intended);
  metrics[Metric::lateness].record(timeline.send - timeline.intended);
  if (timeline.first_byte != 0) metrics[Metric::ttfb].record(timeline.first_byte - timeline.send);

  const std::uint64_t tokens = output_tokens(facts);
  if (tokens > 0) metrics[Metric::ntpot].record(e2e / static_cast<Nanos>(tokens));

  if (facts.stamp) {
    metrics[Metric::request_path].record(facts.stamp->received_ns - timeline.send);
    const Nanos read = stream ? facts.first_content : timeline.close;
    metrics[Metric::response_path].record(read - facts.stamp->sent_ns);
  }
  if (!stream) return;

  if (facts.first_choices != 0) {
    metrics[Metric::ttfc].record(facts.first_choices - timeline.send);
  }
  if (facts.first_content == 0) return;
  metrics[Metric::ttft].record(facts.first_content - timeline.send);
  metrics[Metric::ttft_from_intended].record(facts.first_content - timeline.intended);
  const Nanos spread = facts.last_content - facts.first_content;
  if (facts.chunks > 1) {
    metrics[Metric::itl].record(spread / static_cast<Nanos>(facts.chunks - 1));
  }
  if (tokens > 1) metrics[Metric::tpot].record(spread / static_cast<Nanos>(tokens - 1));
}

}  // namespace hopcost::loadgen
