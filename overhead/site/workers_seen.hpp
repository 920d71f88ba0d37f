#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

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

/// Counts the workers of the tree below `root` the way the manifest says; -1 where it cannot be
/// seen.
[[nodiscard]] int count_workers(pid_t root, const StackManifest& manifest, int port);

/// "processes titled 'nginx: worker process'"
[[nodiscard]] std::string how_workers_are_seen(const StackManifest& manifest);

}  // namespace hopcost::overhead
