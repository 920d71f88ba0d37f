#include "overhead/cluster/rollout.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace hopcost::overhead {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* pointer) {
  return object.value(json::json_pointer(pointer), std::string());
}

Part part_of(const json& deployment, const json& service) {
  Part part;
  part.deployment = text_at(deployment, "/metadata/name");
  part.service = text_at(service, "/metadata/name");
  part.port = service.value(json::json_pointer("/spec/ports/0/port"), 0);
  part.replicas = deployment.value(json::json_pointer("/spec/replicas"), 0);
  part.container = text_at(deployment, "/spec/template/spec/containers/0/name");
  part.image = text_at(deployment, "/spec/template/spec/containers/0/image");
  part.model = text_at(deployment, "/metadata/annotations/hopcost~1model");
  const json::json_pointer variables("/spec/template/spec/containers/0/env");
  if (deployment.contains(variables)) {
    for (const auto& variable : deployment.at(variables)) {
      if (text_at(variable, "/name") == "WORKERS") part.workers = text_at(variable, "/value");
    }
  }
  return part;
}

/// How many of what `get` lists are as they should be, and of how many.
struct Count {
  std::size_t ready = 0;
  std::size_t all = 0;
};

/// Of Deployments: rolled out to the generation that was asked for, all replicas of it ready and no
/// older ones left.
bool is_rolled_out(const json& deployment) {
  const auto number = [&](const char* pointer) {
    return deployment.value(json::json_pointer(pointer), 0);
  };
  const int wanted = number("/spec/replicas");
  return number("/status/observedGeneration") >= number("/metadata/generation") &&
         number("/status/updatedReplicas") == wanted && number("/status/replicas") == wanted &&
         number("/status/readyReplicas") == wanted;
}

/// Of the Deployments and of the pods that belong to none.
Result<Count> count_ready(const Kubectl& kubectl, const std::string& selector) {
  const auto list = kubectl.get({"deployments,pods", "--selector", selector});
  if (!list) return std::unexpected(list.error());
  Count count;
  for (const auto& item : list->value("items", json::array())) {
    const bool is_pod = text_at(item, "/kind") == "Pod";
    if (is_pod && item.contains(json::json_pointer("/metadata/ownerReferences"))) continue;
    ++count.all;
    const bool ready = is_pod ? pods_of({{"items", {item}}}).front().ready : is_rolled_out(item);
    if (ready) ++count.ready;
  }
  return count;
}

}  // namespace

Result<Part> find_part(const Kubectl& kubectl, const std::string& selector) {
  const auto list = kubectl.get({"deployments,services", "--selector", selector});
  if (!list) return std::unexpected(list.error());
  std::vector<json> deployments;
  std::vector<json> services;
  for (const auto& item : list->value("items", json::array())) {
    (text_at(item, "/kind") == "Deployment" ? deployments : services).push_back(item);
  }
  if (deployments.size() != 1 || services.size() != 1) {
    return fail(ErrorCode::unreachable,
                fmt::format("{} Deployments and {} Services are labelled {}; one of each is needed "
                            "(deploy/apply.sh makes them)",
                            deployments.size(), services.size(), selector),
                "namespace " + kubectl.name_space());
  }
  return part_of(deployments.front(), services.front());
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
    const auto count = count_ready(kubectl, selector);
    if (!count) return std::unexpected(count.error());
    if (count->all > 0 && count->ready == count->all) return {};
    if (stop.stop_requested()) return {};
    if (count->all == 0) {
      return fail(ErrorCode::unreachable,
                  fmt::format("nothing is labelled {} (deploy/apply.sh makes it)", selector),
                  "namespace " + kubectl.name_space());
    }
    if (now_ns() > deadline) {
      auto lines = what_keeps(kubectl, selector);
      if (!lines) return std::unexpected(lines.error());
      if (lines->empty()) lines->push_back("its pods run, but have given no valid completion");
      return fail(ErrorCode::unreachable,
                  fmt::format("{} of {} are ready after {:.0f} s:\n  {}", count->ready, count->all,
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
