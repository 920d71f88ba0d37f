#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/process.hpp"
#include "overhead/plan/placement.hpp"
#include "overhead/site/backend.hpp"
#include "overhead/site/instance.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/scratch.hpp"
#include "overhead/site/site.hpp"
#include "overhead/site/workers_seen.hpp"

namespace hopcost::overhead {

/// One stack with its workers and replicas, and the backend behind it.
struct StandupSpec {
  StackManifest manifest;
  int workers = 1;
  int replicas = 1;
  int backends = 1;  ///< replicas of the backend, where it is one of its own
  Placement placement;
  std::uint16_t stack_port = 0;     ///< of the first replica; 0: free ports
  std::uint16_t backend_port = 0;   ///< of the first; 0: free ones
  std::string backend_config = {};  ///< scenario file that the backend begins with; empty: none
  std::filesystem::path logs;       ///< folder for what the processes print
  std::string key = {};             ///< that clients have to send; empty: one is drawn
  Backend* backend = nullptr;       ///< another stand-up's that outlives it; null: one of its own
};

/// Everything of one stand-up, started and truly ready; all of it is stopped with this object.
class Standup final : public Site {
 public:
  /// Starts the backend, then every replica, then waits for each to answer a valid completion and
  /// for the workers asked for to show up and to have come to rest. An Error has the last lines of
  /// the log of what did not come up.
  [[nodiscard]] static Result<std::unique_ptr<Standup>> start(const StandupSpec& spec);
  ~Standup() override;

  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& headers() const {
    return headers_;
  }
  [[nodiscard]] const std::vector<ApiBase>& stack_targets() const { return targets_; }
  [[nodiscard]] const std::string& model() const { return model_; }
  [[nodiscard]] const WorkersSeen& workers() const { return workers_; }
  [[nodiscard]] Backend* own_backend() override { return backend_; }
  [[nodiscard]] std::optional<TreeCpu> stack_cpu(const Arm& arm) const override;
  [[nodiscard]] int worker_processes() const override;
  [[nodiscard]] std::optional<std::vector<pid_t>> taking_part() const override;
  /// An Error when a replica has ended since it was started.
  [[nodiscard]] Result<void> check_alive() override;

 private:
  Standup() = default;
  [[nodiscard]] std::vector<pid_t> stack_roots() const;
  Result<void> start_alone(const StandupSpec& spec, int index);
  Result<void> start_chain(const StandupSpec& spec, int index);
  static Result<std::uint16_t> choose_port(const StandupSpec& spec, int index);
  Result<ReadyCheck> start_instance(const StandupSpec& spec, const StackManifest& manifest,
                                    InstanceSpec what);
  void look_for_workers(const StandupSpec& spec, Nanos patience);

  std::unique_ptr<Backend> own_;  ///< null: it uses another's
  Backend* backend_ = nullptr;
  std::vector<SupervisedProcess> processes_;
  std::vector<std::pair<std::size_t, int>> workers_at_;  ///< which have them, and their port
  std::vector<ApiBase> targets_;
  std::vector<std::filesystem::path> scratch_;
  std::string model_;
  std::vector<std::pair<std::string, std::string>> headers_;
  WorkersSeen workers_;
  bool workers_are_processes_ = false;
  std::string key_;  ///< of this start
  std::string name_;
};

}  // namespace hopcost::overhead
