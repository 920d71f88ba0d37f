#include "overhead/measure/study.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "overhead/cluster/cluster_site.hpp"
#include "overhead/measure/level_runner.hpp"
#include "overhead/site/attached.hpp"

namespace hopcost::overhead {
namespace {

/// The stand-up of a stack, with the arms that compare it with its backend.
Result<Opened> start(const Experiment& experiment, const StandupPlan& plan,
                     const Placement& placement, const StackManifest& manifest,
                     const StudyContext& context) {
  StandupSpec spec;
  spec.manifest = manifest;
  spec.workers = plan.workers;
  spec.replicas = plan.replicas;
  spec.backends = plan.backends;
  spec.placement = placement;
  spec.stack_port = static_cast<std::uint16_t>(experiment.stack_port);
  spec.backend_config = experiment.backend_config;
  spec.backend_port = static_cast<std::uint16_t>(experiment.backend_port);
  spec.logs = context.logs;
  auto started = Standup::start(spec);
  if (!started) return std::unexpected(started.error());
  Standup& standup = **started;
  const std::vector<ApiBase>& backend = standup.backend().apis();
  std::vector<Arm> arms{
      {kBaseline, backend, "mock-model", {}, false},
      {kBaseline2, backend, "mock-model", {}, false},
      {kStack, standup.stack_targets(), standup.model(), standup.headers(), true}};
  if (const auto& own = manifest.worker().self_reported) arms.back().server_time = own->header;
  const auto workers = standup.workers();
  return Opened{std::move(*started), std::move(arms), workers};
}

/// What somebody else runs, over new connections.
Result<Opened> join(const Attach& attach) {
  auto attached = Attached::join(attach);
  if (!attached) return std::unexpected(attached.error());
  auto arms = (*attached)->arms();
  return Opened{std::move(*attached), std::move(arms), {}};
}

std::uint64_t draw_seed() {
  std::random_device device;
  // 53 bits, so that every JSON reader keeps it exactly.
  return ((static_cast<std::uint64_t>(device()) << 32U) | device()) >> 11U;
}

}  // namespace

Study begin_study(const Experiment& experiment) {
  Study study;
  study.experiment = experiment;
  if (study.experiment.seed == 0) study.experiment.seed = draw_seed();
  study.machine = read_machine_facts();
  const bool ours = !experiment.attach && !experiment.cluster;
  study.placement = place(allowed_cpus(), experiment.pin && ours);
  if (experiment.attach) {
    study.placement.note = "two endpoints that somebody else runs: not pinned, not restarted";
  }
  if (experiment.cluster) {
    study.placement.spin = false;
    study.placement.note =
        fmt::format("pods of the namespace {} on Kubernetes", experiment.cluster->name_space);
  }
  study.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  study.began = now_ns();
  return study;
}

void end_study(Study& study, const StudyContext& context) {
  study.cut_short = context.stop.stop_requested();
  study.scaling = scaling_of(study.cells, study.machine.cpus);
  study.slopes = slopes_of(study.cells);
  study.ratios = replica_ratios(study.cells);
  study.took_s = in_seconds(now_ns() - study.began);
}

std::map<std::string, std::string> fingerprint(const Study& study) {
  const auto& machine = study.machine;
  return {{"cpu", machine.cpu_model},          {"kernel", machine.kernel},
          {"governor", machine.governor},      {"clock_source", machine.clock_source},
          {"placement", study.placement.note}, {"cpus", std::to_string(machine.cpus)}};
}

namespace {

/// Makes `study` the continuation of what is in `earlier`, if that was measured in the same place.
Result<void> go_on_with(const ReadStudy& earlier, Study& study) {
  auto differing = differences_text(fingerprint(study), earlier.machine);
  if (differing.empty()) differing = differences_text(study.versions, earlier.versions);
  if (!differing.empty()) {
    return fail(ErrorCode::usage,
                "cannot be gone on with, or it would be two runs in one record: " + differing,
                earlier.file.string());
  }
  study.resumed_at = earlier.resumed_at;
  study.resumed_at.push_back(study.started_at);
  study.started_at = earlier.started_at;
  study.began -= static_cast<Nanos>(earlier.took_s * static_cast<double>(kSecond));
  return {};
}

}  // namespace

Result<Study> run_study(const Experiment& experiment, const StudyContext& context,
                        const ReadStudy* earlier) {
  Study study = begin_study(experiment);
  if (context.machine) study.machine = *context.machine;
  const auto plans = plan_standups(experiment);
  if (experiment.time_budget > 0) study.experiment.min_pass = affordable_pass(experiment, plans);
  study.versions = context.versions;
  std::map<std::string, StackManifest> manifests;
  for (const auto& plan : plans) {
    if (experiment.cluster || plan.attached() || manifests.contains(plan.stack)) continue;
    auto manifest = find_manifest(plan.stack);
    if (!manifest) return std::unexpected(manifest.error());
    manifests.emplace(plan.stack, std::move(*manifest));
  }
  std::set<std::string> left_out;
  for (const auto& [name, manifest] : manifests) {
    const auto missing = what_is_missing(manifest);
    if (experiment.skip_missing && missing) {
      left_out.insert(name);
      study.left_out.push_back(
          fmt::format("{}: {} (to install it: {})", name, *missing, how_to_install(manifest)));
    } else if (!missing) {
      study.versions[name] = stack_version(manifest);
    }
  }
  for (const auto& plan : plans) {
    if (!experiment.cluster || study.versions.contains(plan.stack)) continue;
    if (left_out.insert(plan.stack).second) {
      study.left_out.push_back(plan.stack + ": has no Deployment there (deploy/apply.sh)");
    }
  }
  if (earlier != nullptr) {
    if (const auto same = go_on_with(*earlier, study); !same) return std::unexpected(same.error());
  }
  // Each part of a resumed run draws orders of its own.
  std::mt19937_64 random(study.experiment.seed + study.resumed_at.size());
  std::vector<LevelRunner> runners;
  for (const auto& standup : plans) {
    if (left_out.contains(standup.stack)) continue;
    const auto manifest = manifests.find(standup.stack);
    const Open open = [&, standup, manifest](int) -> Result<Opened> {
      if (standup.attached()) return join(*experiment.attach);
      if (experiment.cluster) {
        return ClusterSite::open(Kubectl(*experiment.cluster), standup, context.stop);
      }
      return start(study.experiment, standup, study.placement, manifest->second, context);
    };
    LevelPlan levels{standup, {}, study.placement};
    if (manifest != manifests.end()) {
      levels.self_reported = manifest->second.worker().self_reported;
    }
    runners.emplace_back(study.experiment, std::move(levels), open, context, random);
    if (earlier != nullptr) runners.back().take_over(earlier->cells);
  }
  measure_all(runners, study, context);
  end_study(study, context);
  return study;
}

}  // namespace hopcost::overhead
