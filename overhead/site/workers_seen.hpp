#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "common/process.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {

/// What the workers knob did, seen from outside.
struct WorkersSeen {
  bool verifiable = false;
  int asked = 0;
  std::vector<int> seen;  ///< one count a replica
  std::string how;        ///< "processes titled 'nginx: worker process'"

  [[nodiscard]] bool mismatch() const;
};

/// Counts the workers among the processes below `root` the way the manifest says; -1 where it
/// cannot be seen.
[[nodiscard]] int count_workers(const std::vector<ProcessInfo>& below, pid_t root,
                                const StackManifest& manifest, int port);
/// The same of the tree below `root` on this host.
[[nodiscard]] int count_workers(pid_t root, const StackManifest& manifest, int port);

/// "processes titled 'nginx: worker process'"
[[nodiscard]] std::string how_workers_are_seen(const StackManifest& manifest);

}  // namespace hopcost::overhead
