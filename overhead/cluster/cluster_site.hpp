#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/cpu.hpp"
#include "overhead/cluster/kubectl.hpp"
#include "overhead/cluster/meter.hpp"
#include "overhead/cluster/rollout.hpp"
#include "overhead/measure/level_runner.hpp"
#include "overhead/plan/experiment.hpp"
#include "overhead/site/site.hpp"

namespace hopcost::overhead {

/// A stand-up on Kubernetes: the Deployments of a stack and of the backends, scaled, with pods of
/// their own for this restart, each arm through its Service. They are left as they are at the end.
class ClusterSite final : public Site {
 public:
  /// Scales, starts anew, and waits until every pod has given a valid completion. An Error says
  /// what keeps them from it.
  [[nodiscard]] static Result<Opened> open(const Kubectl& kubectl, const StandupPlan& plan,
                                           const std::stop_token& stop);

  [[nodiscard]] Backend* own_backend() override { return nullptr; }
  /// What the container `meter` of each of the stack's pods sees beside it; nothing where one of
  /// them has none.
  [[nodiscard]] std::optional<TreeCpu> stack_cpu(const Arm& arm) const override;
  [[nodiscard]] std::optional<StackUse> stack_use(const Arm& arm) const override;
  /// Of the last look, which is never older than the pass.
  [[nodiscard]] std::uint64_t stack_memory(const StackUse& /*sample*/) const override {
    return memory_bytes_;
  }
  [[nodiscard]] std::optional<std::vector<pid_t>> taking_part() const override { return {}; }
  [[nodiscard]] Driver driver() const override { return driver_; }
  [[nodiscard]] bool on_this_host() const override { return false; }
  [[nodiscard]] bool one_clock() const override { return one_clock_; }
  /// An Error where a pod is gone or was started again since the stand-up.
  [[nodiscard]] Result<void> check_alive() override;

 private:
  explicit ClusterSite(Kubectl kubectl) : kubectl_(std::move(kubectl)) {}
  [[nodiscard]] Result<std::vector<PodSight>> look() const;
  [[nodiscard]] WorkersSeen workers_of(const StandupPlan& plan) const;

  Kubectl kubectl_;
  Driver driver_;
  std::string stack_;
  std::string selector_;   ///< of every pod that takes part
  std::vector<Pod> pods_;  ///< of this restart
  bool one_clock_ = false;
  mutable std::uint64_t memory_bytes_ = 0;  ///< that the last look saw
  mutable bool metered_ = true;             ///< until a pod turns out to have no meter
};

/// The launcher of a namespace: the pod from which passes are driven.
struct Launcher {
  Pod pod;
  MachineFacts machine;  ///< of its node
};
[[nodiscard]] Result<Launcher> find_launcher(const Kubectl& kubectl);

/// Variables of the launcher that hold API keys, by the URL of what wants them.
using KeyVariables = std::map<std::string, std::string>;
/// Drives passes by loadgen in the launcher. Loads that its command line cannot say (headers, for
/// they may hold keys) are Errors.
[[nodiscard]] Driver drive_from(const Kubectl& kubectl, const Launcher& launcher,
                                KeyVariables keys = {});

/// loadgen's command line for a load; its record goes to standard output.
[[nodiscard]] std::vector<std::string> loadgen_arguments(const loadgen::Options& options);

/// The images of the experiment's stacks, by stack. One without a Deployment is an Error, or not
/// there where the experiment leaves out what is missing.
[[nodiscard]] Result<std::map<std::string, std::string>> images_of(const Kubectl& kubectl,
                                                                   const Experiment& experiment);

}  // namespace hopcost::overhead
