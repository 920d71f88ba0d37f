#include "overhead/probe/probe.hpp"

#include <fmt/format.h>

#include "common/http_client.hpp"
#include "common/stamp.hpp"
#include "overhead/measure/pass.hpp"
#include "overhead/measure/pilot.hpp"
#include "overhead/plan/placement.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

constexpr int kTokens = 12;

struct Probe {
  const char* name;
  bool stream = false;
  bool tools = false;
  const char* faults = "[]";  ///< of the backend, while it is asked
  bool unknown_model = false;
};

// Two of each kind that streams: what is done to a stream is not what is done to a document.
constexpr Probe kProbes[] = {
    {"unary"},
    {"stream", true},
    {"tool call", false, true},
    {"tool call, stream", true, true},
    {"upstream 500", false, false, "[{fault: error, status: 500}]"},
    {"upstream 500, stream", true, false, "[{fault: error, status: 500}]"},
    {"upstream 429", false, false, "[{fault: error, status: 429, retry_after: 1}]"},
    {"unknown model", false, false, "[]", true},
    {"after errors"},
};

std::string prompt() {
  std::string text(RequestStamp::kSize, ' ');
  write_stamp(text.data(), RequestStamp{1, now_ns()});
  return text + "What does one more hop cost?";
}

json tools() {
  return {{{"type", "function"},
           {"function",
            {{"name", "weather"},
             {"description", "The weather of a place."},
             {"parameters",
              {{"type", "object"},
               {"properties", {{"place", {{"type", "string"}}}, {"days", {{"type", "integer"}}}}},
               {"required", {"place", "days"}}}}}}}};
}

std::string body_of(const Probe& probe, const std::string& model) {
  json body{{"model", model}, {"messages", {{{"role", "user"}, {"content", prompt()}}}}};
  if (probe.stream) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  if (probe.tools) {
    body["tools"] = tools();
    body["tool_choice"] = "required";
  } else {
    body["max_tokens"] = kTokens;
  }
  return body.dump();
}

/// The stack's model name with another model in it: "openai/no-such-model".
std::string unknown(std::string model) {
  static const std::string kKnown = "mock-model";
  const auto at = model.find(kKnown);
  return at == std::string::npos ? "no-such-model"
                                 : model.replace(at, kKnown.size(), "no-such-model");
}

Result<HttpReply> ask(const Arm& arm, const Probe& probe) {
  constexpr Nanos kPatience = 60 * kSecond;
  const auto& api = arm.targets.front();
  HttpExchange exchange;
  exchange.method = "POST";
  exchange.address = api.address;
  exchange.target = api.path + "/chat/completions";
  exchange.headers = arm.headers;
  exchange.body = body_of(probe, probe.unknown_model ? unknown(arm.model) : arm.model);
  exchange.timeout = kPatience;
  return http_exchange(exchange);
}

Result<ProbeResult> run_probe(Backend& backend, const Arm& direct, const Arm& stack,
                              const Probe& probe) {
  if (const auto set = backend.set_faults(probe.faults); !set) {
    return std::unexpected(set.error());
  }
  const auto plain = ask(direct, probe);
  if (!plain) return std::unexpected(plain.error());
  const auto before = backend.stats();
  if (!before) return std::unexpected(before.error());
  const Nanos began = now_ns();
  const auto reply = ask(stack, probe);
  ProbeResult result;
  result.name = probe.name;
  result.through_ms = in_seconds(now_ns() - began) * 1e3;
  const auto after = backend.stats();
  if (!after) return std::unexpected(after.error());
  result.upstream_requests = after->requests - before->requests;
  result.direct_status = plain->status;
  if (!reply) {
    result.changes = {{"reply", reply.error().to_string()}};
    return result;
  }
  result.through_status = reply->status;
  result.changes = changes_between(read_answer(*plain), read_answer(*reply));
  if (result.upstream_requests > 1) {
    result.changes.push_back(
        {"retries", fmt::format("{} requests upstream", result.upstream_requests)});
  }
  return result;
}

double ratio(std::uint64_t count, std::uint64_t of) {
  return of == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(of);
}

Result<ProbeLoad> run_load(Site& site, const Arm& direct, const Arm& stack, Mode mode,
                           const Placement& placement, const std::stop_token& stop) {
  PassSpec spec;
  spec.mode = mode;
  spec.duration = kSecond;
  spec.output_tokens = kTokens;
  const auto pass = run_pass(site, stack, spec, placement, stop);
  if (!pass) return std::unexpected(pass.error());
  const auto& counters = pass->run.counters;
  ProbeLoad load;
  load.mode = mode_name(mode);
  load.requests = counters.ok;
  load.failures = counters.failed();
  load.stamped = counters.stamped;
  load.connections_per_request = ratio(pass->backend_connections, counters.requests_total);
  load.requests_upstream = ratio(pass->backend_requests, counters.requests_total);
  load.events_per_read = pass->run.events_per_read();
  for (const auto& message : pass->run.failure_samples) {
    if (load.first_failure.empty()) load.first_failure = message;
  }
  if (mode == Mode::unary) return load;
  const auto baseline = run_pass(site, direct, spec, placement, stop);
  if (!baseline) return std::unexpected(baseline.error());
  load.direct_events_per_read = baseline->run.events_per_read();
  return load;
}

}  // namespace

Result<StackCheck> check_stack(const StackManifest& manifest, int workers,
                               const std::filesystem::path& logs, const std::stop_token& stop) {
  StandupSpec spec;
  spec.manifest = manifest;
  spec.workers = workers;
  spec.placement = place(allowed_cpus(), true);
  spec.logs = logs;
  StackCheck check;
  check.stack = manifest.name;
  check.version = stack_version(manifest);
  const Nanos began = now_ns();
  auto standup = Standup::start(spec);
  if (!standup) return std::unexpected(standup.error());
  check.ready_s = in_seconds(now_ns() - began);
  auto& site = **standup;
  check.workers = site.workers();
  const Arm direct{kBaseline, site.backend().apis(), "mock-model", {}, false};
  const Arm stack{kStack, site.stack_targets(), site.model(), site.headers(), true};
  const Experiment experiment;
  if (const auto warm = warm_up(site, experiment, spec.placement, stack, workers, stop); !warm) {
    return std::unexpected(warm.error());
  }
  // Far enough apart that a busy machine does not let events meet by chance.
  const BackendScenario gentle{5 * kMillisecond, 10 * kMillisecond, kTokens};
  if (const auto set = site.backend().set_scenario(gentle); !set) {
    return std::unexpected(set.error());
  }
  for (const auto& probe : kProbes) {
    if (stop.stop_requested()) break;
    auto result = run_probe(site.backend(), direct, stack, probe);
    if (!result) return std::unexpected(result.error());
    check.probes.push_back(std::move(*result));
  }
  for (const Mode mode : {Mode::unary, Mode::stream}) {
    if (stop.stop_requested()) break;
    auto load = run_load(site, direct, stack, mode, spec.placement, stop);
    if (!load) return std::unexpected(load.error());
    check.loads.push_back(std::move(*load));
  }
  return check;
}

}  // namespace hopcost::overhead
