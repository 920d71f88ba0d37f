#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace hopcost::overhead {

/// A pod as the API server has it.
struct Pod {
  std::string name;
  std::string uid;
  std::string node;      ///< empty: not scheduled
  std::string role;      ///< its label hopcost/role
  std::string stack;     ///< its label hopcost/stack
  std::string image;     ///< of its first container
  double cpu_limit = 0;  ///< of its first container; 0: none
  bool ready = false;
  bool leaving = false;  ///< it has been told to end
  int restarts = 0;      ///< of its containers, together
  std::string last_end;  ///< how one of them ended last: "OOMKilled"; empty: none has
};

/// Of `kubectl get pods --output json`; what is not there stays empty.
[[nodiscard]] std::vector<Pod> pods_of(const nlohmann::json& list);

/// A machine behind nodes.
struct Node {
  std::string name;
  std::string boot;  ///< ID of this start of its kernel: nodes that share it are one machine
  double cpus = 0;   ///< that it says it has
};
/// Of `kubectl get nodes --output json`.
[[nodiscard]] std::vector<Node> nodes_of(const nlohmann::json& list);

/// "250m" -> 0.25, "2" -> 2; 0 for what is no quantity of CPUs.
[[nodiscard]] double cpus_of(const std::string& quantity);

/// What keeps pods from being made and from running, and volumes from being there, a line each, as
/// the cluster says it. Of what `kubectl get` lists: pods, Jobs and ReplicaSets, volume claims;
/// others are passed over.
[[nodiscard]] std::vector<std::string> what_keeps(const nlohmann::json& list);

/// Why these pods cannot have the CPUs that they were promised, in words: nodes that are one
/// machine, more CPUs promised than are there, no limit, or a part of a CPU, which stands still for
/// the rest of each period. Empty: they can.
[[nodiscard]] std::string overcommitted(const std::vector<Pod>& pods,
                                        const std::vector<Node>& nodes);

/// Whether all of them run on one start of one kernel, whose clock they then share.
[[nodiscard]] bool on_one_machine(const std::vector<Pod>& pods, const std::vector<Node>& nodes);

/// "launcher on node-1; backend on node-1, node-2; stack on node-2"
[[nodiscard]] std::string where_they_are(const std::vector<Pod>& pods);

}  // namespace hopcost::overhead
