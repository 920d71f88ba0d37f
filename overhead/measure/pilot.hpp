#pragma once

#include "overhead/estimate/cell.hpp"
#include "overhead/site/site.hpp"

namespace hopcost::overhead {

/// The ceiling of a backend of ours as this generator sees it: no delay, 16 connections, plain
/// replies and streams.
[[nodiscard]] Result<Ceiling> measure_ceiling(Site& site, const Experiment& experiment,
                                              const Placement& placement,
                                              const std::stop_token& stop);

/// Loads every worker of the stack over new connections, plain replies and streams, until its times
/// settle (two passes in a row within a fifth of each other, at most six) and, where workers are
/// processes, every one of them has worked (at most ten): the first request of a worker may take
/// seconds, and the kernel does not deal connections evenly.
Result<void> warm_up(Site& site, const Experiment& experiment, const Placement& placement,
                     const Arm& stack, int workers, const std::stop_token& stop);

/// How many processes have worked in between: used at least a tenth of what the busiest one did.
[[nodiscard]] int processes_at_work(const TreeCpu& before, const TreeCpu& after);

/// The backend's delays for one load level: what the experiment asks for, longer where that would
/// load the backend above `kPilotLoad` of its ceiling. An open loop's load does not depend on them.
inline constexpr double kPilotLoad = 0.4;
[[nodiscard]] BackendScenario choose_scenario(const Experiment& experiment, const Ceiling& ceiling,
                                              const Level& level);

/// The median latency through `arm`, in ns, of one pass, which is made longer until there are two
/// requests a user in it, or ten seconds; 0 where it has none.
[[nodiscard]] Result<double> trial_latency(Site& site, const Arm& arm, PassSpec spec,
                                           const Placement& placement, const std::stop_token& stop);

/// How long a pass must be: the longest of `min_pass`, twice what gives `min_requests` at this
/// latency or rate, and in a closed loop four times the latency.
[[nodiscard]] Nanos choose_pass_length(const Experiment& experiment, const Level& level,
                                       double slower_arm_latency_ns);

}  // namespace hopcost::overhead
