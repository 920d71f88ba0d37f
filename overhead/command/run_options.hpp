#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "overhead/command/measuring_options.hpp"
#include "overhead/command/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::overhead {

/// What the command line of `overhead run` says; laid over the experiment file.
struct RunFlags {
  std::string file;
  std::vector<std::string> stacks;
  std::vector<int> workers;
  std::vector<int> replicas;
  std::vector<int> backend_replicas;
  std::optional<int> stack_port;
  std::string harness;
  std::string on;          ///< "here", "kubernetes"; empty: as the file says
  std::string name_space;  ///< of the Deployments; empty: the file's, or the default
  std::string kubectl;     ///< the same
  Attach attach;
  MeasuringFlags measuring;
};

void bind_run(CLI::App& app, RunFlags& flags, Program& program);
/// Where results go, and whether progress is told.
void bind_results(CLI::App& app, Program& program);

/// Lays the flags over the experiment's file.
[[nodiscard]] Result<void> finish_run(const RunFlags& flags, Program& program);
/// Of `--resume`: the record says what is measured, and how.
[[nodiscard]] Result<void> stands_alone(const CLI::App& run);

}  // namespace hopcost::overhead
