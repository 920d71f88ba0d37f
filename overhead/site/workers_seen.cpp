#include "overhead/site/workers_seen.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace hopcost::overhead {

std::string how_workers_are_seen(const StackManifest& manifest) {
  switch (manifest.workers_seen_as) {
    case WorkersSeenAs::processes:
      return fmt::format("processes titled '{}'", manifest.workers_pattern);
    case WorkersSeenAs::threads:
      return fmt::format("threads named '{}...'", manifest.workers_pattern);
    case WorkersSeenAs::listeners:
      return "child processes that hold the listening socket";
    case WorkersSeenAs::not_verifiable:
      break;
  }
  return "not verifiable";
}

bool WorkersSeen::mismatch() const {
  return verifiable && std::ranges::any_of(seen, [&](int count) { return count != asked; });
}

int count_workers(pid_t root, const StackManifest& manifest, int port) {
  return count_workers(descendants_of(root), root, manifest, port);
}

int count_workers(const std::vector<ProcessInfo>& below, pid_t root, const StackManifest& manifest,
                  int port) {
  int count = 0;
  switch (manifest.workers_seen_as) {
    case WorkersSeenAs::processes:
      for (const auto& process : below) {
        if (process.command.find(manifest.workers_pattern) != std::string::npos) ++count;
      }
      return count;
    case WorkersSeenAs::threads:
      for (const auto& process : below) {
        for (const auto& name : thread_names(process.pid)) {
          if (name.starts_with(manifest.workers_pattern)) ++count;
        }
      }
      return count;
    case WorkersSeenAs::listeners: {
      std::vector<pid_t> pids;
      for (const auto& process : below) pids.push_back(process.pid);
      const auto holders = holders_of_listening_port(pids, port);
      for (const auto& process : below) {
        if (process.parent != root && std::ranges::find(holders, process.pid) != holders.end()) {
          ++count;
        }
      }
      return count == 0 && !holders.empty() ? 1 : count;
    }
    case WorkersSeenAs::not_verifiable:
      break;
  }
  return -1;
}

}  // namespace hopcost::overhead
