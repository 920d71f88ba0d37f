#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"
#include "loadgen/merge/decode.hpp"
#include "overhead/cluster/cluster_site.hpp"

namespace hopcost::overhead {
namespace {

constexpr const char* kContainer = "launcher";
/// Beyond the time it is to send for: its start, what is under way at the end, the way back.
constexpr Nanos kPatience = 90 * kSecond;

/// It writes down its process ID, so that it can be told to stop: its end of the connection is not.
constexpr const char* kRun = "echo $$ >\"$0\"; exec loadgen \"$@\"";
constexpr const char* kStop = "kill -INT \"$(cat \"$0\")\" 2>&1 || true";
constexpr int kLostConnection = 1;            // of kubectl
constexpr const char* kPidFile = "pass.pid";  // in the pod's working folder

Result<loadgen::RunResult> drive(const Kubectl& kubectl, const Launcher& launcher,
                                 const KeyVariables& keys, const loadgen::Options& options,
                                 const std::stop_token& stop) {
  const auto where = "launcher " + launcher.pod.name;
  if (!options.headers.empty()) {
    return fail(ErrorCode::usage, "cannot send the headers that this stack wants", where);
  }
  std::vector<std::string> command{"sh", "-c", kRun, kPidFile};
  for (auto& argument : loadgen_arguments(options)) command.push_back(std::move(argument));
  if (const auto key = keys.find(options.targets.front().url()); key != keys.end()) {
    command.insert(command.end(), {"--api-key-env", key->second});
  }
  const Nanos limit = options.warmup + options.duration + kPatience;
  const auto ended = kubectl.exec(launcher.pod.name, kContainer, command, limit, stop);
  if (!ended) return std::unexpected(ended.error());
  if (!ended->code) {
    (void)kubectl.exec(launcher.pod.name, kContainer, {"sh", "-c", kStop, kPidFile}, kPatience);
    if (!stop.stop_requested()) {
      return fail(ErrorCode::unreachable,
                  fmt::format("a pass has not ended after {:.0f} s", in_seconds(limit)), where);
    }
    loadgen::RunResult cut;
    cut.cut_short = true;
    return cut;
  }
  const auto json = nlohmann::json::parse(ended->printed, nullptr, false);
  if (!json.is_object()) {
    // The connection may be what has ended: then nobody waits for what is still sent.
    if (ended->code == kLostConnection) {
      (void)kubectl.exec(launcher.pod.name, kContainer, {"sh", "-c", kStop, kPidFile}, kPatience);
    }
    return fail(ErrorCode::unreachable,
                fmt::format("loadgen ended with {}: {}", *ended->code,
                            kubectl.advice_for(ended->complaint)),
                where);
  }
  auto record = loadgen::record_from_json(json);
  if (!record) return fail(ErrorCode::protocol, record.error().to_string(), where);
  return std::move(record->result);
}

}  // namespace

std::vector<std::string> loadgen_arguments(const loadgen::Options& options) {
  std::vector<std::string> words;
  for (const auto& target : options.targets) words.push_back(target.url());
  const auto add = [&](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  for (const auto& model : options.models) add("--model", model.name);
  if (options.open_loop()) {
    add("--rate", fmt::format("{}/s", options.rate_per_s));
    add("--arrival", std::string(loadgen::name_of(options.arrival.kind)));
    add("--max-in-flight", std::to_string(options.max_in_flight));
    words.emplace_back("--no-probe");
  } else {
    add("--concurrency", std::to_string(options.concurrency));
    if (options.spawn_per_s > 0) add("--spawn-rate", fmt::format("{}/s", options.spawn_per_s));
  }
  add("--seed", std::to_string(options.seed));
  add("--duration", duration_text(options.duration));
  add("--warmup", duration_text(options.warmup));
  add("--timeout", duration_text(options.timeouts.total));
  add("--prompt-tokens", options.prompt_tokens.text());
  add("--output-tokens", options.output_tokens.text());
  if (options.stream) words.emplace_back("--stream");
  if (options.stamps) words.emplace_back("--stamps");
  words.insert(words.end(), {"--quiet", "--json"});
  return words;
}

Driver drive_from(const Kubectl& kubectl, const Launcher& launcher, KeyVariables keys) {
  return [kubectl, launcher, keys = std::move(keys)](const loadgen::Options& options,
                                                     const std::stop_token& stop) {
    return drive(kubectl, launcher, keys, options, stop);
  };
}

}  // namespace hopcost::overhead
