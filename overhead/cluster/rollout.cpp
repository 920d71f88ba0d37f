#include "overhead/cluster/rollout.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "overhead/cluster/json_lookup.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

Part part_of(const json& deployment, const json& service) {
  Part part;
  part.deployment = text_below(deployment, {"metadata", "name"});
  part.service = text_below(service, {"metadata", "name"});
  for (const auto& port : items_of(service, {"spec", "ports"})) {
    part.port = number_below(port, {"port"});
    break;
  }
  part.replicas = number_below(deployment, {"spec", "replicas"});
  part.key_env = text_below(deployment, {"metadata", "annotations", "hopcost/api-key-env"});
  part.model = text_below(deployment, {"metadata", "annotations", "hopcost/model"});
  for (const auto& container : items_of(deployment, {"spec", "template", "spec", "containers"})) {
    part.container = text_below(container, {"name"});
    part.image = text_below(container, {"image"});
    for (const auto& variable : items_of(container, {"env"})) {
      if (text_below(variable, {"name"}) == "WORKERS") {
        part.workers = text_below(variable, {"value"});
      }
    }
    break;
  }
  return part;
}

/// Rolled out to the generation that was asked for, all replicas of it ready and no older ones
/// left.
bool is_rolled_out(const json& deployment) {
  const int wanted = number_below(deployment, {"spec", "replicas"});
  const auto are = [&](const char* what) {
    return number_below(deployment, {"status", what}) == wanted;
  };
  return number_below(deployment, {"status", "observedGeneration"}) >=
             number_below(deployment, {"metadata", "generation"}) &&
         are("updatedReplicas") && are("replicas") && are("readyReplicas");
}

}  // namespace

ReadyCount ready_in(const json& list) {
  ReadyCount count;
  for (const auto& item : items_of(list, {"items"})) {
    const bool is_pod = text_below(item, {"kind"}) == "Pod";
    if (is_pod && below(item, {"metadata", "ownerReferences"}).is_array()) continue;
    ++count.all;
    const bool ready =
        is_pod ? pods_of({{"items", json::array({item})}}).front().ready : is_rolled_out(item);
    if (ready) ++count.ready;
  }
  return count;
}

Result<Part> part_in(const json& list, const std::string& selector) {
  std::vector<json> deployments;
  std::vector<json> services;
  for (const auto& item : items_of(list, {"items"})) {
    (text_below(item, {"kind"}) == "Deployment" ? deployments : services).push_back(item);
  }
  if (deployments.size() != 1 || services.size() != 1) {
    return fail(ErrorCode::unreachable,
                fmt::format("{} Deployments and {} Services are labelled {}; one of each is needed "
                            "(deploy/apply.sh makes them)",
                            deployments.size(), services.size(), selector));
  }
  return part_of(deployments.front(), services.front());
}

Result<Part> find_part(const Kubectl& kubectl, const std::string& selector) {
  const auto list = kubectl.get({"deployments,services", "--selector", selector});
  if (!list) return std::unexpected(list.error());
  auto part = part_in(*list, selector);
  if (!part)
    return fail(part.error().code, part.error().message, "namespace " + kubectl.name_space());
  return part;
}

Result<void> renew(const Kubectl& kubectl, const Part& part, int replicas, int workers) {
  const auto name = "deployment/" + part.deployment;
  const auto done = [](const Result<std::string>& said) -> Result<void> {
    if (!said) return std::unexpected(said.error());
    return {};
  };
  if (workers > 0 && part.workers.empty() && workers > 1) {
    return fail(ErrorCode::usage,
                fmt::format("its container {} has no variable WORKERS: it has no knob for {} "
                            "workers, use --replicas",
                            part.container, workers),
                name);
  }
  if (replicas != part.replicas) {
    const auto scaled = done(kubectl.ask({"scale", name, fmt::format("--replicas={}", replicas)}));
    if (!scaled) return scaled;
  }
  if (workers > 0 && !part.workers.empty() && part.workers != std::to_string(workers)) {
    const auto set = done(kubectl.ask(
        {"set", "env", name, "--containers", part.container, fmt::format("WORKERS={}", workers)}));
    if (!set) return set;
  }
  return done(kubectl.ask({"rollout", "restart", name}));
}

Result<void> await_ready(const Kubectl& kubectl, const std::string& selector, Nanos limit,
                         const std::stop_token& stop) {
  constexpr auto kLook = std::chrono::milliseconds(500);  // the cluster's own loops take as long
  const Nanos deadline = now_ns() + limit;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (true) {
    const auto list = kubectl.get({"deployments,pods", "--selector", selector});
    if (!list) return std::unexpected(list.error());
    const auto count = ready_in(*list);
    if (stop.stop_requested() || (count.all > 0 && count.ready == count.all)) return {};
    if (count.all == 0) {
      return fail(ErrorCode::unreachable,
                  fmt::format("nothing is labelled {} (deploy/apply.sh makes it)", selector),
                  "namespace " + kubectl.name_space());
    }
    if (now_ns() > deadline) {
      auto lines = what_keeps(kubectl, selector);
      if (!lines) return std::unexpected(lines.error());
      if (lines->empty()) lines->push_back("its pods run, but have given no valid completion");
      return fail(ErrorCode::unreachable,
                  fmt::format("{} of {} are ready after {:.0f} s:\n  {}", count.ready, count.all,
                              in_seconds(limit), fmt::join(*lines, "\n  ")),
                  fmt::format("namespace {}, {}", kubectl.name_space(), selector));
    }
    changed.wait_for(lock, stop, kLook, [] { return false; });
  }
}

Result<std::vector<Pod>> living_pods(const Kubectl& kubectl, const std::string& selector) {
  const auto list = kubectl.get({"pods", "--selector", selector});
  if (!list) return std::unexpected(list.error());
  auto pods = pods_of(*list);
  std::erase_if(pods, [](const Pod& pod) { return pod.leaving; });
  return pods;
}

Result<std::vector<std::string>> what_keeps(const Kubectl& kubectl, const std::string& selector) {
  const auto pods = kubectl.get({"pods", "--selector", selector});
  if (!pods) return std::unexpected(pods.error());
  auto lines = what_keeps(*pods);
  // Whoever may not see these may see pods. A pod waits for any claim, whatever its labels.
  for (const auto& what : {std::vector<std::string>{"jobs,replicasets", "--selector", selector},
                           std::vector<std::string>{"persistentvolumeclaims"}}) {
    if (const auto list = kubectl.get(what)) {
      std::ranges::move(what_keeps(*list), std::back_inserter(lines));
    }
  }
  return lines;
}

}  // namespace hopcost::overhead
