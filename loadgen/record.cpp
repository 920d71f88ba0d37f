#include "loadgen/record.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "common/version_text.hpp"
#include "loadgen/judge/steadiness.hpp"

namespace hopcost::loadgen {
namespace {

nlohmann::json stages_json(const std::vector<Stage>& stages) {
  auto list = nlohmann::json::array();
  for (const auto& stage : stages) {
    list.push_back({{"duration_ns", stage.duration},
                    {"from_per_s", stage.from_per_s},
                    {"to_per_s", stage.to_per_s}});
  }
  return list;
}

nlohmann::json arrival_json(const Arrival& arrival) {
  nlohmann::json json{{"kind", name_of(arrival.kind)}};
  if (arrival.kind == Arrival::Kind::uniform) json["jitter"] = arrival.jitter;
  if (arrival.kind == Arrival::Kind::gamma) json["burstiness"] = arrival.burstiness;
  if (arrival.kind == Arrival::Kind::burst) json["burst"] = arrival.burst;
  return json;
}

nlohmann::json models_json(const std::vector<Weighted>& models) {
  auto list = nlohmann::json::array();
  for (const auto& model : models) list.push_back({{"name", model.name}, {"weight", model.weight}});
  return list;
}

nlohmann::json classes_json(const std::vector<RequestClass>& classes) {
  auto list = nlohmann::json::array();
  for (const auto& kind : classes) {
    list.push_back({{"name", kind.share.name},
                    {"weight", kind.share.weight},
                    {"prompt", kind.prompt.text()},
                    {"output", kind.output.text()}});
  }
  return list;
}

nlohmann::json prefix_json(const SharedPrefix& prefix) {
  if (prefix.groups == 0) return nullptr;
  return {{"groups", prefix.groups},
          {"prompts", prefix.prompts},
          {"system", prefix.system.text()},
          {"question", prefix.question.text()}};
}

nlohmann::json options_json(const Options& options) {
  auto targets = nlohmann::json::array();
  for (const auto& target : options.targets) targets.push_back(target.url());
  auto tags = nlohmann::json::object();
  for (const auto& [name, value] : options.tags) tags[name] = value;
  auto stop_if = nlohmann::json::array();
  for (const auto& threshold : options.stop_if) stop_if.push_back(threshold.text);
  return {{"targets", targets},
          {"models", models_json(options.models)},
          {"api", name_of(options.api)},
          {"concurrency", options.open_loop() ? 0 : options.concurrency},
          {"spawn_per_s", options.spawn_per_s},
          {"think_time", options.think_time.text()},
          {"rate_per_s", options.rate_per_s},
          {"stages", stages_json(options.stages)},
          {"arrival", arrival_json(options.arrival)},
          {"seed", options.seed},
          {"max_in_flight", options.connections()},
          {"duration_ns", options.duration},
          {"warmup_ns", options.warmup},
          {"stream", options.stream},
          {"cooldown_ns", options.cooldown},
          {"balance", name_of(options.balance)},
          {"keep_alive", options.keep_alive},
          {"timeouts_ns",
           {{"connect", options.timeouts.connect},
            {"first_token", options.timeouts.first_token},
            {"total", options.timeouts.total}}},
          {"retries", options.retries.count},
          {"classes", classes_json(options.classes)},
          {"shared_prefix", prefix_json(options.prefix)},
          {"dataset", options.dataset},
          {"replay", options.replay},
          {"replay_speed", options.replay_speed},
          {"turns", options.turns.text()},
          {"same_prompts", options.same_prompts},
          {"calibrate", options.calibrate},
          {"tokenizer", options.tokenizer},
          {"prompt_tokens", options.prompt_tokens.text()},
          {"output_tokens", options.output_tokens.text()},
          {"ignore_eos", options.ignore_eos},
          {"stop_if", std::move(stop_if)},
          {"tags", std::move(tags)},
          {"extra_body", options.extra_body},
          {"stamps", options.stamps},
          {"threads", options.threads},
          {"share", options.share + 1},
          {"shares", options.shares},
          {"idle", options.idle == Idle::spin ? "spin" : "block"}};
}

nlohmann::json optional_json(std::optional<double> value) {
  return value && std::isfinite(*value) ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

/// The objectives with the number of requests that met each.
nlohmann::json objectives_json(const RunRecord& record) {
  auto list = nlohmann::json::array();
  const auto& each = record.result.attainment.each;
  const auto& objectives = record.options.service_level.objectives;
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    list.push_back({{"metric", metric_name(objectives[i].metric)},
                    {"at_most_ns", objectives[i].at_most},
                    {"met", i < each.size() ? each[i] : 0}});
  }
  return list;
}

nlohmann::json targets_json(const Judgement& judgement) {
  auto list = nlohmann::json::array();
  for (const auto& outcome : judgement.targets) {
    const auto range = outcome.range.value_or(Range{});
    list.push_back({{"target", outcome.target.text},
                    {"value", optional_json(outcome.value)},
                    {"low", outcome.range ? optional_json(range.low) : nlohmann::json(nullptr)},
                    {"high", outcome.range ? optional_json(range.high) : nlohmann::json(nullptr)},
                    {"compliant", outcome.compliant},
                    {"verdict", name_of(outcome.verdict)}});
  }
  return list;
}

nlohmann::json steadiness_json(const RunRecord& record) {
  const auto half = [](const Steadiness::Half& one) {
    return nlohmann::json{{"value", one.value}, {"low", one.range.low}, {"high", one.range.high}};
  };
  auto list = nlohmann::json::array();
  for (const auto& one : steadiness_of(record.options, record.result)) {
    list.push_back({{"load", one.load},
                    {"figure", one.figure},
                    {"first", half(one.first)},
                    {"second", half(one.second)},
                    {"verdict", name_of(one.verdict)}});
  }
  return list;
}

nlohmann::json thresholds_json(const Judgement& judgement) {
  auto list = nlohmann::json::array();
  for (const auto& outcome : judgement.thresholds) {
    list.push_back({{"fail_if", outcome.threshold.text},
                    {"value", optional_json(outcome.value)},
                    {"crossed", outcome.crossed}});
  }
  return list;
}

}  // namespace

nlohmann::json to_json(const RunRecord& record) {
  auto json = to_json(record.result);
  json["schema"] = "hopcost.loadgen/1";
  json["version"] = version_text();
  json["started_at_ns"] = record.started_at_ns;
  json["options"] = options_json(record.options);
  json["sweep"] = record.sweep;
  json["findings"] = record.findings;
  json["target"] = record.target;
  json["scenario"] = record.scenario;
  json["valid"] = record.judgement.valid();
  json["faults"] = nlohmann::json::array();
  for (const auto& fault : record.judgement.faults) {
    json["faults"].push_back({{"code", fault.code}, {"evidence", fault.evidence}});
  }
  if (const auto& level = record.options.service_level; !level.objectives.empty()) {
    json["goodput"] = {{"good", record.result.attainment.all},
                       {"of", record.result.counters.sent},
                       {"objectives", objectives_json(record)}};
  }
  json["targets"] = targets_json(record.judgement);
  json["thresholds"] = thresholds_json(record.judgement);
  json["steadiness"] = steadiness_json(record);
  return json;
}

}  // namespace hopcost::loadgen
