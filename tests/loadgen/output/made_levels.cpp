#include "tests/loadgen/output/made_levels.hpp"

#include "tests/catch.hpp"

namespace hopcost::loadgen::test {
namespace {

constexpr Nanos kStart = 1'000 * kSecond;
constexpr Nanos kTtft = 20 * kMillisecond;
constexpr Nanos kGap = 5 * kMillisecond;
constexpr std::uint64_t kTokens = 10;

/// Replies whose times are known: ttft 20 ms, the role chunk after 10 ms, gaps of 5 ms.
void add_replies(Measurement& measured, std::uint64_t count) {
  auto& m = measured.metrics;
  const Nanos last = kTtft + kGap * static_cast<Nanos>(kTokens - 1);
  const Nanos e2e = last + 2 * kMillisecond;
  m[Metric::ttfb].record(10 * kMillisecond, count);
  m[Metric::ttfc].record(10 * kMillisecond, count);
  m[Metric::ttft].record(kTtft, count);
  m[Metric::chunk_gap].record(kGap, count * (kTokens - 1));
  m[Metric::itl].record(kGap, count);
  m[Metric::tpot].record(kGap, count);
  m[Metric::ntpot].record(e2e / 10, count);
  m[Metric::e2e].record(e2e, count);
  m[Metric::e2e_from_intended].record(e2e + kMillisecond, count);
  m[Metric::lateness].record(kMillisecond, count);
  m[Metric::last_content].record(last, count);
  m[Metric::first_gap].record(10 * kMillisecond, count);
  m[Metric::tpot_from_choices].record((last - 10 * kMillisecond) / 9, count);
  m[Metric::tpot_to_close].record((e2e - kTtft) / 9, count);
  m[Metric::tpot_of_all].record((last - kTtft) / 10, count);
  m[Metric::tpot_from_send].record(last / 10, count);
  measured.prompt_lengths.record(32, count);
  measured.output_lengths.record(kTokens, count);
  auto& c = measured.counters;
  c.sent += count;
  c.ok += count;
  c.completed_in_window += count;
  c.chunks += count * kTokens;
  c.output_tokens += count * kTokens;
  c.prompt_tokens += count * 32;
  measured.attainment.all += count;
  measured.attainment.each = {measured.attainment.all};
}

Second second(std::uint64_t ok, std::uint64_t failed) {
  Second out;
  out.sent = ok + failed;
  out.ok = ok;
  out.failed = failed;
  out.chunks = out.output_tokens = ok * kTokens;
  out.in_flight = 6.7;
  Histogram e2e;
  e2e.record(67 * kMillisecond, ok);
  out.times[2] = e2e.compact();
  return out;
}

}  // namespace

RunRecord made_levels() {
  RunRecord record;
  auto& options = record.options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  options.stream = true;
  options.stages = {{2 * kSecond, 100, 100}, {2 * kSecond, 200, 200}};
  options.duration = 4 * kSecond;
  options.output_tokens = static_cast<int>(kTokens);
  options.record = 10;
  REQUIRE(add_service_level("ttft=500ms", options.service_level));
  record.started_at_ns = 1'795'361'283 * kSecond;
  auto& result = record.result;
  result.stages.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    auto& stage = result.stages[i];
    stage.rate_per_s = i == 0 ? 100 : 200;
    stage.measured.start_ns = kStart + static_cast<Nanos>(i) * 2 * kSecond;
    stage.measured.measured_ns = 2 * kSecond;
    stage.measured.offered_per_s = stage.rate_per_s;
    add_replies(stage.measured, i == 0 ? 200 : 396);
    if (i == 1) {
      stage.measured.counters.sent += 4;
      for (int k = 0; k < 4; ++k) stage.measured.fail(Failure::http_status, "HTTP 503: \"busy\"");
      stage.measured.metrics[Metric::e2e_failed].record(2 * kMillisecond, 4);
    }
    const auto ok = i == 0 ? std::uint64_t{100} : std::uint64_t{198};
    stage.seconds = {second(ok, 0), second(ok, i == 0 ? 0 : 4)};
    result.seconds.insert(result.seconds.end(), stage.seconds.begin(), stage.seconds.end());
    result.Tally::merge(stage.measured);
  }
  result.start_ns = kStart;
  result.measured_ns = 4 * kSecond;
  result.offered_per_s = 150;
  result.counters.requests_total = 600;
  result.counters.bytes_read = 600'000;
  result.requests = RequestLog(10);
  RequestRow row;
  row.number = 7;
  row.intended = kStart + kSecond;
  row.send = row.intended + kMillisecond;
  row.headers = row.first_byte = row.first_choices = row.send + 10 * kMillisecond;
  row.first_content = row.send + kTtft;
  row.last_content = row.first_content + 45 * kMillisecond;
  row.close = row.last_content + 2 * kMillisecond;
  row.prompt_asked = row.prompt_tokens = 32;
  row.output_asked = row.output_tokens = row.chunks = kTokens;
  row.status = 200;
  result.requests.add(row);
  RequestRow failed;
  failed.number = 8;
  failed.slice.stage = 1;
  failed.intended = failed.send = kStart + 3 * kSecond;
  failed.close = failed.send + 2 * kMillisecond;
  failed.prompt_asked = failed.prompt_tokens = 32;
  failed.status = 503;
  failed.failure = Failure::http_status;
  failed.message = "HTTP 503: \"busy\"";
  result.requests.add(failed);
  record.judgement = judge(options, result);
  return record;
}

}  // namespace hopcost::loadgen::test
