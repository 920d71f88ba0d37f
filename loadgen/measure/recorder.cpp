#include "loadgen/measure/recorder.hpp"

#include <algorithm>
#include <utility>

namespace hopcost::loadgen {
namespace {

Nanos due_of(const Order& order, Nanos now) {
  if (order.intended != 0) return order.intended;
  return order.first_send != 0 ? order.first_send : now;
}

void note_attempts(const Order& order, Tally& tally) {
  auto& most = tally.counters.most_attempts;
  most = std::max(most, static_cast<std::uint64_t>(order.attempt));
}

}  // namespace

Recorder::Recorder(const Options& options)
    : options_(options),
      targets_(options.targets.size()),
      models_(options.models.size()),
      classes_(std::max<std::size_t>(1, options.classes.size())),
      log_(options.record) {}

void Recorder::begin(const Window& window) {
  window_ = window;
  parts_.resize((window.stage_ends.size() + 1) * targets_ * models_ * classes_);
  series_.begin(window.from);
}

Slice Recorder::slice_of(const Order& order, Nanos due) const {
  return {window_.stage_of(due), static_cast<std::uint16_t>(std::max(0, order.target)),
          order.asked.model, order.asked.kind};
}

Tally& Recorder::tally_of(const Slice& slice) {
  const std::size_t at =
      ((slice.stage * targets_ + slice.target) * models_ + slice.model) * classes_ + slice.kind;
  if (!parts_[at]) parts_[at] = std::make_unique<Part>(Part{slice, {}});
  return parts_[at]->tally;
}

void Recorder::sent(const Order& order, Nanos now) {
  ++loose_.counters.requests_total;
  const Nanos due = due_of(order, now);
  if (!window_.counts(due)) return;
  ++tally_of(slice_of(order, due)).counters.sent;
  series_.sent(now);
}

MetricSet* Recorder::metrics_of(const Order& order, Nanos now) {
  const Nanos due = due_of(order, now);
  return window_.counts(due) ? &tally_of(slice_of(order, due)).metrics : nullptr;
}

void Recorder::gave_up(const Order& order, Nanos now) {
  const Nanos due = due_of(order, now);
  if (!window_.counts(due)) return;
  auto& tally = tally_of(slice_of(order, due));
  if (order.first_send == 0) {  // never sent so far: it would have been now
    ++tally.counters.sent;
    series_.sent(now);
  }
  series_.ended_badly(now);
  note_attempts(order, tally);
  tally.fail(order.last_failure, order.last_message);
  if (!log_.wants(order.number)) return;
  RequestRow row;
  row.number = order.number;
  row.slice = slice_of(order, due);
  row.intended = due;
  row.send = order.first_send != 0 ? order.first_send : now;
  row.close = now;
  row.prompt_asked = row.prompt_tokens = order.asked.prompt;
  row.output_asked = order.asked.output;
  row.attempts = order.attempt;
  row.failure = order.last_failure;
  row.message = order.last_message;
  log_.add(std::move(row));
}

/// Throughput is what ends in the window, whenever it was sent: counting only what was sent in it
/// would lose one latency's worth at its end and gain nothing at its beginning.
void Recorder::count_completion(const Session& session) {
  const Nanos close = session.timeline().close;
  if (close < window_.from || close > window_.to) return;
  ++tally_of(slice_of(session.order(), close)).counters.completed_in_window;
}

void Recorder::finished(const Session& session) {
  if (session.failure() == Failure::none) count_completion(session);
  if (!session.counted()) return;
  const auto slice = slice_of(session.order(), session.timeline().intended);
  auto& tally = tally_of(slice);
  note_attempts(session.order(), tally);
  if (session.order().attempt > 1) {
    ++tally.counters.retried;
    tally.counters.retries += static_cast<std::uint64_t>(session.order().attempt - 1);
  }
  if (session.failure() == Failure::none) {
    record(session, tally);
  } else {
    const auto& timeline = session.timeline();
    tally.fail(session.failure(), session.message());
    tally.metrics[Metric::e2e_failed].record(timeline.close - timeline.send);
    series_.ended_badly(timeline.close);
  }
  if (log_.wants(session.order().number)) add_row(session, slice);
}

void Recorder::record(const Session& session, Tally& tally) {
  auto& counters = tally.counters;
  const auto& facts = session.facts();
  const auto& asked = session.order().asked;
  const auto& timeline = session.timeline();
  ++counters.ok;
  counters.chunks += facts.chunks;
  counters.merged_chunks += facts.merged;
  counters.output_tokens += output_tokens(facts);
  counters.prompt_tokens += facts.prompt_tokens;
  counters.cached_tokens += facts.cached_tokens;
  if (facts.has_usage) {
    // A conversation's prompt holds all that was said before, which nobody asked for in tokens.
    const bool comparable = session.order().earlier.empty();
    if (comparable && facts.prompt_tokens != asked.prompt) ++counters.prompt_mismatches;
    const bool as_long = options_.ignore_eos ? facts.completion_tokens == asked.output
                                             : facts.completion_tokens <= asked.output;
    if (!as_long && options_.api != Api::embeddings) ++counters.output_mismatches;
  }
  const auto prompt = facts.has_usage ? facts.prompt_tokens : asked.prompt;
  tally.prompt_lengths.record(static_cast<std::int64_t>(prompt));
  tally.output_lengths.record(static_cast<std::int64_t>(output_tokens(facts)));
  if (facts.stamp) ++counters.stamped;
  if (!facts.model.empty() && facts.model != options_.models[asked.model].name) {
    ++counters.model_mismatches;
  }
  const bool ends_in_done = options_.api == Api::chat || options_.api == Api::completions;
  if (options_.stream && ends_in_done && facts.done == 0) ++counters.missing_done;
  const auto sample = sample_of(timeline, facts, options_.stream);
  sample.record_in(tally.metrics);
  tally.attainment.count(options_.service_level.objectives, sample);
  series_.ended_well(timeline.close, sample, output_tokens(facts));
}

void Recorder::add_row(const Session& session, const Slice& slice) {
  const auto& facts = session.facts();
  const auto& timeline = session.timeline();
  const auto& order = session.order();
  RequestRow row;
  row.number = order.number;
  row.slice = slice;
  row.intended = timeline.intended;
  row.send = timeline.send;
  row.headers = timeline.headers;
  row.first_byte = timeline.first_byte;
  row.first_choices = facts.first_choices;
  row.first_content = facts.first_content;
  row.last_content = facts.last_content;
  row.close = timeline.close;
  row.prompt_asked = order.asked.prompt;
  row.output_asked = order.asked.output;
  row.prompt_tokens = facts.has_usage ? facts.prompt_tokens : order.asked.prompt;
  row.output_tokens = output_tokens(facts);
  row.chunks = facts.chunks;
  row.status = session.status();
  row.attempts = order.attempt;
  row.failure = session.failure();
  if (row.failure != Failure::none) row.message = session.message();
  log_.add(std::move(row));
}

void Recorder::forget(const Order& order, Nanos intended) {
  if (window_.counts(intended)) --tally_of(slice_of(order, intended)).counters.sent;
}

void Recorder::unsent(Nanos due) {
  if (!window_.counts(due)) return;
  ++tally_of({window_.stage_of(due), 0, 0, 0}).counters.unsent;
}

void Recorder::connected(Nanos took_ns) {
  ++loose_.counters.connections;
  loose_.metrics[Metric::connect].record(took_ns);
}

void Recorder::content_read(const Session& session, std::uint64_t events, Nanos read_ns,
                            bool timely) {
  series_.chunks(read_ns, events);
  if (!timely) return;
  auto& counters = tally_of(slice_of(session.order(), session.timeline().intended)).counters;
  ++counters.timely_reads;
  counters.timely_events += events;
}

std::vector<Second> Recorder::tick(Nanos now) {
  auto ended = series_.take_ended(now);
  seconds_.insert(seconds_.end(), ended.begin(), ended.end());
  return ended;
}

void Recorder::add_labels(RunResult& result, const char* dimension,
                          const std::vector<std::string>& names,
                          std::uint16_t Slice::* position) const {
  if (names.size() < 2) return;
  const std::size_t first = result.labels.size();
  for (const auto& name : names) {
    auto& label = result.labels.emplace_back(LabelResult{dimension, name, {}});
    label.measured.start_ns = result.start_ns;
    label.measured.measured_ns = result.measured_ns;
  }
  for (const auto& part : parts_) {
    if (part) result.labels[first + part->slice.*position].measured.Tally::merge(part->tally);
  }
}

RunResult Recorder::take(Nanos to, Nanos now) {
  RunResult result;
  tick(now);
  if (auto last = series_.take_last(now)) seconds_.push_back(std::move(*last));
  result.seconds = std::exchange(seconds_, {});
  result.start_ns = window_.from;
  result.measured_ns = std::max<Nanos>(0, to - window_.from);
  result.Tally::merge(loose_);
  for (const auto& part : parts_) {
    if (part) result.Tally::merge(part->tally);
  }
  if (!window_.stage_ends.empty()) {
    result.stages.resize(window_.stage_ends.size() + 1);
    Nanos begin = window_.from;
    for (std::size_t i = 0; i < result.stages.size(); ++i) {
      const Nanos end = i < window_.stage_ends.size() ? window_.stage_ends[i] : window_.to;
      auto& measured = result.stages[i].measured;
      measured.start_ns = begin;
      measured.measured_ns = std::max<Nanos>(0, std::min(end, to) - begin);
      begin = end;
    }
    for (const auto& part : parts_) {
      if (part) result.stages[part->slice.stage].measured.Tally::merge(part->tally);
    }
  }
  std::vector<std::string> targets;
  for (const auto& target : options_.targets) targets.push_back(target.url());
  std::vector<std::string> models;
  for (const auto& model : options_.models) models.push_back(model.name);
  std::vector<std::string> classes;
  for (const auto& kind : options_.classes) classes.push_back(kind.share.name);
  add_labels(result, "target", targets, &Slice::target);
  add_labels(result, "model", models, &Slice::model);
  add_labels(result, "class", classes, &Slice::kind);
  result.requests = std::exchange(log_, RequestLog(options_.record));
  return result;
}

}  // namespace hopcost::loadgen
