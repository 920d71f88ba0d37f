#include "overhead/cluster/pods.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "overhead/cluster/json_lookup.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

bool says(const json& condition, const char* type, const char* status) {
  return text_below(condition, {"type"}) == type && text_below(condition, {"status"}) == status;
}

Pod pod_of(const json& item) {
  Pod pod;
  pod.name = text_below(item, {"metadata", "name"});
  pod.uid = text_below(item, {"metadata", "uid"});
  pod.node = text_below(item, {"spec", "nodeName"});
  pod.role = text_below(item, {"metadata", "labels", "hopcost/role"});
  pod.stack = text_below(item, {"metadata", "labels", "hopcost/stack"});
  pod.leaving = below(item, {"metadata", "deletionTimestamp"}).is_string();
  for (const auto& container : items_of(item, {"spec", "containers"})) {
    pod.image = text_below(container, {"image"});
    const auto& limit = below(container, {"resources", "limits", "cpu"});
    if (limit.is_string()) pod.cpu_limit = cpus_of(limit.get<std::string>());
    if (limit.is_number()) pod.cpu_limit = limit.get<double>();
    break;
  }
  for (const auto& condition : items_of(item, {"status", "conditions"})) {
    if (says(condition, "Ready", "True")) pod.ready = true;
  }
  for (const auto& status : items_of(item, {"status", "containerStatuses"})) {
    const auto& restarts = below(status, {"restartCount"});
    if (restarts.is_number_integer()) pod.restarts += restarts.get<int>();
    auto reason = text_below(status, {"lastState", "terminated", "reason"});
    if (!reason.empty()) pod.last_end = std::move(reason);
  }
  return pod;
}

/// What a container waits for, has ended with, or has not managed yet.
void add_container(std::vector<std::string>& lines, const std::string& pod, const json& status) {
  const auto container = text_below(status, {"name"});
  const auto waits = text_below(status, {"state", "waiting", "reason"});
  if (!waits.empty() && waits != "ContainerCreating" && waits != "PodInitializing") {
    const auto why = text_below(status, {"state", "waiting", "message"});
    lines.push_back(fmt::format("{}: {}: {}: {}", pod, waits, text_below(status, {"image"}),
                                why.empty() ? "see kubectl describe pod" : why));
  }
  for (const auto* state : {"lastState", "state"}) {
    const auto& ended = below(status, {state, "terminated"});
    const auto& code = below(ended, {"exitCode"});
    if (!code.is_number_integer() || code.get<int>() == 0) continue;
    lines.push_back(fmt::format("{}: {} ended with {} ({}): see kubectl logs {} -c {}", pod,
                                container, code.get<int>(), text_below(ended, {"reason"}), pod,
                                container));
    break;
  }
  const auto& started = below(status, {"started"});
  if (below(status, {"state", "running"}).is_object() && started.is_boolean() &&
      !started.get<bool>()) {
    lines.push_back(
        fmt::format("{}: {} runs, and has given no valid completion: see kubectl logs {} -c {}",
                    pod, container, pod, container));
  }
}

void add_pod(std::vector<std::string>& lines, const std::string& name, const json& pod) {
  for (const auto& condition : items_of(pod, {"status", "conditions"})) {
    if (says(condition, "PodScheduled", "False")) {
      lines.push_back(
          fmt::format("{}: cannot be scheduled: {}", name, text_below(condition, {"message"})));
    }
  }
  for (const auto* statuses : {"initContainerStatuses", "containerStatuses"}) {
    for (const auto& status : items_of(pod, {"status", statuses})) {
      add_container(lines, name, status);
    }
  }
}

void add_claim(std::vector<std::string>& lines, const std::string& name, const json& claim) {
  const auto phase = text_below(claim, {"status", "phase"});
  if (phase == "Bound") return;
  const auto& storage_class = below(claim, {"spec", "storageClassName"});
  lines.push_back(fmt::format(
      "PersistentVolumeClaim {}: {}: no volume of {} of the class {}: see kubectl describe pvc, "
      "kubectl get storageclass",
      name, phase, text_below(claim, {"spec", "resources", "requests", "storage"}),
      !storage_class.is_string()                 ? "(default)"
      : storage_class.get<std::string>().empty() ? "(none)"
                                                 : storage_class.get<std::string>()));
}

/// Of what makes pods: why it cannot.
void add_owner(std::vector<std::string>& lines, const std::string& name, const json& owner) {
  for (const auto& condition : items_of(owner, {"status", "conditions"})) {
    if (!says(condition, "ReplicaFailure", "True")) continue;
    lines.push_back(fmt::format("{} {}: {}", text_below(owner, {"kind"}), name,
                                text_below(condition, {"message"})));
  }
}

}  // namespace

double cpus_of(const std::string& quantity) {
  char* end = nullptr;
  const double value = std::strtod(quantity.c_str(), &end);
  const std::string unit(end);
  if (end == quantity.c_str() || !(value >= 0)) return 0;
  constexpr double kMilli = 1000;
  if (unit == "m") return value / kMilli;
  return unit.empty() ? value : 0;
}

std::vector<Pod> pods_of(const json& list) {
  std::vector<Pod> pods;
  for (const auto& item : items_of(list, {"items"})) pods.push_back(pod_of(item));
  return pods;
}

std::vector<Node> nodes_of(const json& list) {
  std::vector<Node> nodes;
  for (const auto& item : items_of(list, {"items"})) {
    nodes.push_back({text_below(item, {"metadata", "name"}),
                     text_below(item, {"status", "nodeInfo", "bootID"}),
                     cpus_of(text_below(item, {"status", "capacity", "cpu"}))});
  }
  return nodes;
}

std::vector<std::string> what_keeps(const json& list) {
  std::vector<std::string> lines;
  for (const auto& item : items_of(list, {"items"})) {
    const auto name = text_below(item, {"metadata", "name"});
    const auto kind = text_below(item, {"kind"});
    if (kind == "Pod") add_pod(lines, name, item);
    if (kind == "PersistentVolumeClaim") add_claim(lines, name, item);
    if (kind == "Job" || kind == "ReplicaSet") add_owner(lines, name, item);
  }
  return lines;
}

std::string overcommitted(const std::vector<Pod>& pods, const std::vector<Node>& nodes) {
  std::map<std::string, std::string> boot_of;
  for (const auto& node : nodes) boot_of[node.name] = node.boot.empty() ? node.name : node.boot;
  struct Machine {
    std::set<std::string> nodes;
    double cpus = 0;
    double promised = 0;
  };
  std::map<std::string, Machine> machines;
  for (const auto& node : nodes) {
    auto& machine = machines[boot_of[node.name]];
    machine.nodes.insert(node.name);
    machine.cpus = std::max(machine.cpus, node.cpus);
  }
  std::vector<std::string> reasons;
  std::set<std::string> limits;
  std::set<std::string> used;
  for (const auto& pod : pods) {
    if (pod.cpu_limit == 0) limits.insert(fmt::format("{} has no CPU limit", pod.name));
    if (pod.cpu_limit != std::floor(pod.cpu_limit)) {
      limits.insert(fmt::format("{} has {} CPU: it stands still for the rest of each period",
                                pod.role, pod.cpu_limit));
    }
    const auto found = boot_of.find(pod.node);
    if (found == boot_of.end()) continue;
    machines[found->second].promised += pod.cpu_limit;
    used.insert(found->second);
  }
  for (const auto& [boot, machine] : machines) {
    if (!used.contains(boot)) continue;
    if (machine.nodes.size() > 1) {
      reasons.push_back(fmt::format("nodes {} are one machine, whose {} CPUs each of them promises",
                                    fmt::join(machine.nodes, " and "), machine.cpus));
    } else if (machine.promised > machine.cpus) {
      reasons.push_back(fmt::format("pods on {} may use {} CPUs of {}", *machine.nodes.begin(),
                                    machine.promised, machine.cpus));
    }
  }
  reasons.insert(reasons.end(), limits.begin(), limits.end());
  return fmt::format("{}", fmt::join(reasons, "; "));
}

bool on_one_machine(const std::vector<Pod>& pods, const std::vector<Node>& nodes) {
  std::set<std::string> boots;
  for (const auto& pod : pods) {
    const auto node = std::ranges::find(nodes, pod.node, &Node::name);
    const bool known = node != nodes.end() && !node->boot.empty();
    boots.insert(known ? node->boot : "node " + pod.node);
  }
  return boots.size() <= 1;
}

std::string where_they_are(const std::vector<Pod>& pods) {
  std::string text;
  for (const auto* role : {"launcher", "backend", "stack"}) {
    std::set<std::string> nodes;
    for (const auto& pod : pods) {
      if (pod.role == role) nodes.insert(pod.node);
    }
    if (nodes.empty()) continue;
    text += fmt::format("{}{} on {}", text.empty() ? "" : "; ", role, fmt::join(nodes, ", "));
  }
  return text;
}

}  // namespace hopcost::overhead
