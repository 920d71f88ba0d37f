#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/process.hpp"
#include "overhead/plan/placement.hpp"
#include "overhead/site/backend.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/site.hpp"

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
  Backend* backend = nullptr;       ///< another stand-up's that outlives it; null: one of its own
};

/// What the workers knob did, seen from outside.
struct WorkersSeen {
  bool verifiable = false;
  int asked = 0;
  std::vector<int> seen;  ///< one count a replica
  std::string how;        ///< "processes titled 'nginx: worker process'"

  [[nodiscard]] bool mismatch() const;
};

/// Everything of one stand-up, started and truly ready; all of it is stopped with this object.
class Standup final : public Site {
 public:
  /// Starts the backend, then every replica, then waits for each to answer a valid completion and
  /// for the workers asked for to show up. An Error has the last lines of the log of what did not
  /// come up.
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
  [[nodiscard]] std::optional<std::vector<pid_t>> taking_part() const override;
  /// An Error when a replica has ended since it was started.
  [[nodiscard]] Result<void> check_alive() override;

 private:
  Standup() = default;
  [[nodiscard]] std::vector<pid_t> stack_roots() const;
  Result<void> start_replica(const StandupSpec& spec, int index);
  void look_for_workers(const StandupSpec& spec);

  std::unique_ptr<Backend> own_;  ///< null: it uses another's
  Backend* backend_ = nullptr;
  std::vector<SupervisedProcess> replicas_;
  std::vector<ApiBase> targets_;
  std::vector<std::filesystem::path> scratch_;
  std::string model_;
  std::vector<std::pair<std::string, std::string>> headers_;
  WorkersSeen workers_;
  std::string name_;
};

/// A new folder in the temporary one, which processes of other users may pass through.
[[nodiscard]] Result<std::filesystem::path> make_scratch_folder();

/// Counts the workers of the tree below `root` the way the manifest says; -1 where it cannot be
/// seen.
[[nodiscard]] int count_workers(pid_t root, const StackManifest& manifest, int port);

}  // namespace hopcost::overhead
