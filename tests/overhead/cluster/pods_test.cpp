#include "overhead/cluster/pods.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using namespace hopcost::overhead;
using nlohmann::json;

namespace {

Pod pod(const std::string& role, const std::string& node, double cpus) {
  Pod made;
  made.name = role + "-1";
  made.role = role;
  made.node = node;
  made.cpu_limit = cpus;
  return made;
}

const std::vector<Node> kTwoMachines{{"node-1", "boot-a", 8}, {"node-2", "boot-b", 8}};

}  // namespace

TEST_CASE("quantities of CPUs are read as Kubernetes writes them") {
  CHECK(cpus_of("2") == 2);
  CHECK(cpus_of("250m") == 0.25);
  CHECK(cpus_of("0.5") == 0.5);
  CHECK(cpus_of("") == 0);
  CHECK(cpus_of("2Gi") == 0);
  CHECK(cpus_of("-1") == 0);
  CHECK(cpus_of("many") == 0);
}

TEST_CASE("a pod is read from what the API server says, and nothing of it has to be there") {
  const auto list = json::parse(R"({"items": [
    {"metadata": {"name": "stack-1", "uid": "u1", "labels": {"hopcost/role": "stack", "hopcost/stack": "nginx"}},
     "spec": {"nodeName": "node-1", "containers": [
       {"image": "hopcost/nginx:1", "resources": {"limits": {"cpu": "2"}}}, {"image": "hopcost/overhead:1"}]},
     "status": {"conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"restartCount": 1, "lastState": {"terminated": {"reason": "OOMKilled"}}},
                                      {"restartCount": 2}]}},
    {"metadata": {"name": "late", "deletionTimestamp": "2026-01-01T00:00:00Z"}},
    {"spec": 7, "status": {"conditions": "none"}}, 5]})");
  const auto pods = pods_of(list);
  REQUIRE(pods.size() == 4);
  CHECK(pods[0].uid == "u1");
  CHECK(pods[0].node == "node-1");
  CHECK(pods[0].role == "stack");
  CHECK(pods[0].stack == "nginx");
  CHECK(pods[0].image == "hopcost/nginx:1");
  CHECK(pods[0].cpu_limit == 2);
  CHECK(pods[0].ready);
  CHECK(pods[0].restarts == 3);
  CHECK(pods[0].last_end == "OOMKilled");
  CHECK_FALSE(pods[0].leaving);
  CHECK(pods[1].leaving);
  CHECK_FALSE(pods[1].ready);
  CHECK(pods[2].name.empty());
  CHECK(pods_of(json::array()).empty());
}

TEST_CASE("what keeps pods from running is said with what to look at") {
  const auto lines = what_keeps(json::parse(R"({"items": [
    {"kind": "Pod", "metadata": {"name": "large"}, "status": {"conditions": [
       {"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available: 2 Insufficient cpu."}]}},
    {"kind": "Pod", "metadata": {"name": "absent"}, "status": {"containerStatuses": [
       {"name": "a", "image": "x:1", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}}]}},
    {"kind": "Pod", "metadata": {"name": "starts"}, "status": {"containerStatuses": [
       {"state": {"waiting": {"reason": "ContainerCreating"}}}]}},
    {"kind": "Pod", "metadata": {"name": "killed"}, "status": {"containerStatuses": [
       {"name": "a", "started": true, "state": {"running": {}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}},
    {"kind": "Pod", "metadata": {"name": "mute"}, "status": {"containerStatuses": [
       {"name": "a", "started": false, "state": {"running": {}}}]}},
    {"kind": "Pod", "metadata": {"name": "done"}, "status": {"containerStatuses": [
       {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}},
    {"kind": "ReplicaSet", "metadata": {"name": "set"}, "status": {"conditions": [
       {"type": "ReplicaFailure", "status": "True", "message": "pods \"x\" is forbidden: exceeded quota"}]}},
    {"kind": "PersistentVolumeClaim", "metadata": {"name": "workload-pvc"},
     "spec": {"resources": {"requests": {"storage": "20Gi"}}}, "status": {"phase": "Pending"}},
    {"kind": "PersistentVolumeClaim", "metadata": {"name": "other"}, "status": {"phase": "Bound"}},
    {"kind": "Node", "status": 3}, null]})"));
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "large: cannot be scheduled: 0/2 nodes are available: 2 Insufficient cpu.");
  CHECK(lines[1] == "absent: ImagePullBackOff: x:1: Back-off");
  CHECK(lines[2] == "killed: a ended with 137 (OOMKilled): see kubectl logs killed -c a");
  CHECK(lines[3] == "mute: a runs, and has given no valid completion: see kubectl logs mute -c a");
  CHECK(lines[4] == "ReplicaSet set: pods \"x\" is forbidden: exceeded quota");
  CHECK(
      lines[5] ==
      "PersistentVolumeClaim workload-pvc: Pending: no volume of 20Gi of the class (default): see "
      "kubectl describe pvc, kubectl get storageclass");
}

TEST_CASE("pods with CPUs of their own on machines that have them are not overcommitted") {
  CHECK(overcommitted(
            {pod("launcher", "node-1", 1), pod("backend", "node-1", 2), pod("stack", "node-2", 8)},
            kTwoMachines)
            .empty());
}

TEST_CASE("CPUs that are promised and not there are found") {
  CHECK(overcommitted({pod("launcher", "node-1", 1), pod("stack", "node-1", 8)}, kTwoMachines) ==
        "pods on node-1 may use 9 CPUs of 8");
  CHECK(
      overcommitted({pod("stack", "node-1", 1)}, {{"node-1", "same", 2}, {"node-2", "same", 2}}) ==
      "nodes node-1 and node-2 are one machine, whose 2 CPUs each of them promises");
  CHECK(overcommitted({pod("stack", "node-1", 0)}, kTwoMachines) == "stack-1 has no CPU limit");
  CHECK(overcommitted({pod("stack", "node-1", 0.25)}, kTwoMachines) ==
        "stack has 0.25 CPU: it stands still for the rest of each period");
  // A machine on which nothing of it runs does not matter.
  CHECK(overcommitted({pod("stack", "node-1", 1)},
                      {{"node-1", "a", 2}, {"node-2", "b", 2}, {"node-3", "b", 2}})
            .empty());
}

TEST_CASE("clocks are shared on one machine alone, and where that is not known on one node alone") {
  const std::vector<Pod> apart{pod("launcher", "node-1", 1), pod("backend", "node-2", 1)};
  const std::vector<Pod> together{pod("launcher", "node-1", 1), pod("backend", "node-1", 1)};
  CHECK_FALSE(on_one_machine(apart, kTwoMachines));
  CHECK(on_one_machine(together, kTwoMachines));
  CHECK(on_one_machine(apart, {{"node-1", "same", 2}, {"node-2", "same", 2}}));
  CHECK_FALSE(on_one_machine(apart, {}));
  CHECK(on_one_machine(together, {}));
  CHECK(where_they_are(apart) == "launcher on node-1; backend on node-2");
}
