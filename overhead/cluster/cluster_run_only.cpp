#include "overhead/cluster/cluster_run_only.hpp"

#include <algorithm>
#include <ctime>
#include <future>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/child.hpp"
#include "common/write_file.hpp"
#include "overhead/cluster/launcher_pods.hpp"
#include "overhead/cluster/rollout.hpp"
#include "overhead/report/plot_files.hpp"
#include "overhead/site/scratch.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContainer = "launcher";
constexpr Nanos kCopyLimit = 600 * kSecond;
constexpr Nanos kGrace = 30 * kSecond;
constexpr Nanos kNoLimit = std::numeric_limits<Nanos>::max() / 4;
constexpr int kNotValid = 2;
constexpr int kStopped = 130;

/// What each workload gave lies in the pod: one that is told to stop is asked for it over a
/// connection of its own.
constexpr const char* kRun =
    "\"$@\" --outcomes outcomes >&2 & echo $! >pid; wait $!; code=$?; cat outcomes; exit $code";
constexpr const char* kStop =
    "kill -TERM \"$(cat pid)\"; while kill -0 \"$(cat pid)\" 2>&1; do sleep 0.2; done >&2; cat "
    "outcomes";

/// What was made for a run, gone with this object. What cannot be taken away is said, with what to
/// type.
class Launchers {
 public:
  Launchers(const Kubectl& kubectl, std::string selector, bool keep)
      : kubectl_(kubectl), selector_(std::move(selector)), keep_(keep) {}
  ~Launchers() {
    if (keep_) return;
    const auto gone = kubectl_.ask(
        {"delete", "pods,configmaps", "--selector", selector_, "--ignore-not-found"}, 2 * kGrace);
    if (gone) return;
    fmt::print(
        stderr,
        "overhead: {}\noverhead: launchers may be left, and still send: {} --namespace {} delete "
        "pods,configmaps --selector {}\n",
        gone.error().to_string(), kubectl_.program(), kubectl_.name_space(), selector_);
  }
  Launchers(const Launchers&) = delete;
  Launchers& operator=(const Launchers&) = delete;

 private:
  const Kubectl& kubectl_;
  std::string selector_;
  bool keep_;
};

/// The file comes here first, so that pods need not reach the network.
Result<void> fetch_dataset(const Kubectl& kubectl, const std::string& url,
                           const std::vector<std::string>& pods, const fs::path& folder) {
  // What signs an address is for nobody else's eyes: it is in no argument and in no complaint.
  const auto unsigned_url = url.substr(0, url.find_first_of("?#"));
  const auto file = folder / fs::path(unsigned_url).filename();
  const auto asked = folder / "dataset.curl";
  const auto text = fmt::format("url = {}\n", nlohmann::json(url).dump());
  if (const auto written = write_file(asked, text); !written) return written;
  const auto fetched = run_child({"curl", "--config", asked.string(), "--fail", "--silent",
                                  "--show-error", "--location", "--speed-time", "60",
                                  "--speed-limit", "1", "--output", file.string()});
  if (!fetched)
    return fail(ErrorCode::unreachable, fetched.error().message, "dataset_url " + unsigned_url);
  for (const auto& pod : pods) {
    const auto to = fmt::format("{}:{}/{}", pod, kWorkloadFolder, file.filename().string());
    const auto copied =
        kubectl.ask({"cp", file.string(), to, "--container", kContainer}, kCopyLimit);
    if (!copied) return std::unexpected(copied.error());
  }
  return {};
}

/// All its workloads, one after another; where nothing limits them, longer than anybody waits.
Nanos longest(const RunOnlyConfig& config) {
  if (config.wait_timeout == 0) return kNoLimit;
  return static_cast<Nanos>(config.workloads.size()) * (config.wait_timeout + kGrace);
}

Result<std::vector<WorkloadOutcome>> run_in(const Kubectl& kubectl, const std::string& pod,
                                            const RunOnlyConfig& config,
                                            const RunOnlyOptions& options,
                                            const std::stop_token& stop) {
  std::vector<std::string> command{"sh",
                                   "-c",
                                   kRun,
                                   "sh",
                                   "overhead",
                                   "run-only",
                                   "--on",
                                   "here",
                                   "--quiet",
                                   "--config",
                                   "/config/" + pod,
                                   "--time-scale",
                                   fmt::format("{}", options.time_scale)};
  for (const auto& change : options.changes) {
    command.insert(command.end(), {"--override", change});
  }
  // Each workload keeps to its own time; this is for a connection that says nothing any more.
  const Nanos limit = longest(config);
  const auto ended = kubectl.exec(pod, kContainer, command, limit, stop);
  if (!ended) return std::unexpected(ended.error());
  if (!ended->code) {
    const auto last = kubectl.exec(pod, kContainer, {"sh", "-c", kStop}, kGrace);
    if (!stop.stop_requested()) {
      return fail(ErrorCode::unreachable,
                  fmt::format("has not ended after {:.0f} s (wait_timeout)", in_seconds(limit)),
                  "pod " + pod);
    }
    if (last) {
      if (auto outcomes = outcomes_from(last->printed)) return outcomes;
    }
    return std::vector<WorkloadOutcome>{{config.workloads.front().first, {}, true, true}};
  }
  if (*ended->code != 0 && *ended->code != kNotValid && *ended->code != kStopped) {
    return fail(ErrorCode::unreachable,
                fmt::format("run-only ended with {}: {}", *ended->code,
                            kubectl.advice_for(ended->complaint)),
                "pod " + pod);
  }
  return outcomes_from(ended->printed);
}

/// From the volume, through the pod; the folders are those of here afterwards.
Result<void> copy_back(const Kubectl& kubectl, const std::string& pod, const fs::path& work_dir,
                       std::vector<WorkloadOutcome>& outcomes) {
  for (auto& outcome : outcomes) {
    for (auto& folder : outcome.folders) {
      const auto from = fmt::format("{}:{}", pod, folder.string());
      const auto to = work_dir / folder.filename();
      const auto copied = kubectl.ask(
          {"cp", from, to.string(), "--container", kContainer, "--retries", "3"}, kCopyLimit);
      if (!copied) return std::unexpected(copied.error());
      // Their image has nothing that draws PNG.
      write_missing_pngs(to / "analysis");
      folder = to;
    }
  }
  return {};
}

/// Workloads of several pods under one name each.
void add(std::vector<WorkloadOutcome>& all, std::vector<WorkloadOutcome> more) {
  for (auto& outcome : more) {
    const auto same = std::ranges::find(all, outcome.workload, &WorkloadOutcome::workload);
    if (same == all.end()) {
      all.push_back(std::move(outcome));
      continue;
    }
    std::ranges::move(outcome.folders, std::back_inserter(same->folders));
    same->valid = same->valid && outcome.valid;
    same->stopped = same->stopped || outcome.stopped;
  }
}

}  // namespace

Result<std::vector<WorkloadOutcome>> run_only_on_cluster(
    const RunOnlyConfig& config, const RunOnlyOptions& options, const std::stop_token& stop,
    const std::function<void(const std::string&)>& say) {
  const Kubectl kubectl({config.cluster->name_space, config.cluster->kubectl});
  const auto id = std::to_string(std::time(nullptr));
  const auto selector = "hopcost/run=lmdbench-" + id;
  const auto scratch = ScratchFolder::make();
  if (!scratch) return std::unexpected(scratch.error());
  const auto file = scratch->path() / "launchers.json";
  // A cluster that is lost keeps none of them for ever.
  const bool bounded = config.wait_timeout > 0 && !options.keep_launchers;
  const Nanos deadline = bounded ? longest(config) + kubectl.patience() + 2 * kCopyLimit : 0;
  if (const auto written = write_file(file, launchers_json(config, id, deadline).dump());
      !written) {
    return std::unexpected(written.error());
  }
  const Launchers launchers(kubectl, selector, options.keep_launchers);
  const auto made = kubectl.ask({"create", "--filename", file.string()});
  if (!made) return std::unexpected(made.error());
  std::vector<std::string> pods;
  for (int i = 0; i < config.parallelism; ++i) pods.push_back(launcher_name(config, id, i));
  if (const auto ready = await_ready(kubectl, selector, kubectl.patience(), stop); !ready) {
    return std::unexpected(ready.error());
  }
  if (!config.cluster->dataset_url.empty()) {
    const auto there = fetch_dataset(kubectl, config.cluster->dataset_url, pods, scratch->path());
    if (!there) return std::unexpected(there.error());
  }
  for (const auto& [name, profile] : config.workloads) say(name);
  std::vector<std::future<Result<std::vector<WorkloadOutcome>>>> runs;
  for (const auto& pod : pods) {
    runs.push_back(std::async(std::launch::async,
                              [&, pod] { return run_in(kubectl, pod, config, options, stop); }));
  }
  std::vector<WorkloadOutcome> all;
  std::optional<Error> first;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto outcomes = runs[i].get();
    auto copied = outcomes ? copy_back(kubectl, pods[i], config.work_dir, *outcomes)
                           : Result<void>(std::unexpected(outcomes.error()));
    if (!copied && !first) first = copied.error();
    if (copied) add(all, std::move(*outcomes));
  }
  // What the others have sent is kept, and lies in the working folder.
  if (first) return std::unexpected(*first);
  return all;
}

}  // namespace hopcost::overhead
