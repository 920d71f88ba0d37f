#pragma once

#include <filesystem>
#include <vector>

#include "common/endpoint.hpp"
#include "common/error.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {

/// How the mock answers. What differs between cells; changed while it runs. Of a backend that is
/// not ours the delays are not known: below 0.
struct BackendScenario {
  Nanos ttft = 0;
  Nanos itl = 0;
  int output_tokens = 16;
  bool operator==(const BackendScenario&) const = default;
};

/// The mock's own counters, as /__admin/stats gives them.
struct BackendStats {
  std::uint64_t connections = 0;  ///< accepted, the one that asked included
  std::uint64_t requests = 0;     ///< completions
  std::uint64_t stamped = 0;
  std::uint64_t chunks = 0;
  Nanos cpu_ns = 0;
  std::uint64_t paced = 0;     ///< sends that had a deadline
  double lateness_p50_ns = 0;  ///< of those, since the last reset
  double lateness_p99_ns = 0;
};

/// How backends are started.
struct BackendSpec {
  std::uint16_t port = 0;  ///< of the first, those of the others follow; 0: free ones
  int replicas = 1;
  CpuSet cpus;                ///< empty: anywhere
  int threads = 1;            ///< of each
  std::filesystem::path log;  ///< of the first, "backend.log"; those of the others lie beside it
  std::string config = {};    ///< scenario file that they begin with; empty: none
};

/// One mockserver process, or several alike, started by us and gone with this object. Scenarios are
/// set, and counters reset, in all; what is counted is their sum.
class Backend {
 public:
  /// Waits until every one answers a completion.
  [[nodiscard]] static Result<Backend> start(const BackendSpec& spec);

  [[nodiscard]] const std::vector<ApiBase>& apis() const { return apis_; }
  [[nodiscard]] std::vector<pid_t> supervisors() const;
  [[nodiscard]] Result<BackendStats> stats() const;
  Result<void> reset_stats();
  Result<void> set_scenario(const BackendScenario& scenario);
  /// What goes wrong from now on, as a scenario's `faults` has it: "[]" is nothing.
  Result<void> set_faults(const std::string& faults);

 private:
  Backend() = default;
  Result<void> put_scenario(const std::string& text);
  Result<void> add(const BackendSpec& spec, int index);

  std::vector<SupervisedProcess> processes_;
  std::vector<ApiBase> apis_;  ///< beside them
};

}  // namespace hopcost::overhead
