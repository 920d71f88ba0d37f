#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "overhead/cluster/kubectl.hpp"
#include "overhead/cluster/pods.hpp"

namespace hopcost::overhead {

/// A Deployment with the Service before it, as deploy/ labels them.
struct Part {
  std::string deployment;
  std::string service;
  int port = 0;           ///< of the Service
  int replicas = 0;       ///< that it has been scaled to
  std::string workers;    ///< its variable WORKERS; empty: it has none
  std::string container;  ///< its first one
  std::string image;      ///< of the same
  std::string
      key_env;  ///< its annotation hopcost/api-key-env: a variable of the launcher; empty: none
  std::string model;  ///< its annotation hopcost/model; empty: none
};

/// How many of what `kubectl get` lists are as they should be: Deployments rolled out, and pods
/// that belong to nobody ready.
struct ReadyCount {
  std::size_t ready = 0;
  std::size_t all = 0;
};
[[nodiscard]] ReadyCount ready_in(const nlohmann::json& list);

/// The one Deployment and the one Service of a list; an Error where there are more or fewer.
[[nodiscard]] Result<Part> part_in(const nlohmann::json& list, const std::string& selector);

/// The one whose labels match, such as "hopcost/role=backend". An Error where there is not exactly
/// one, or no Service of the same labels.
[[nodiscard]] Result<Part> find_part(const Kubectl& kubectl, const std::string& selector);

/// Gives it so many replicas and, where `workers` is above 0, so many workers each, new pods in
/// either case. Does not wait.
[[nodiscard]] Result<void> renew(const Kubectl& kubectl, const Part& part, int replicas,
                                 int workers);

/// Waits until all Deployments and bare pods that match are ready, which each is once it has given
/// a valid completion. An Error (unreachable) says what keeps them from it.
[[nodiscard]] Result<void> await_ready(const Kubectl& kubectl, const std::string& selector,
                                       Nanos limit, const std::stop_token& stop);

/// Their pods, but for those that have been told to end.
[[nodiscard]] Result<std::vector<Pod>> living_pods(const Kubectl& kubectl,
                                                   const std::string& selector);

/// What keeps pods that match from running, and volumes from being there, a line each.
[[nodiscard]] Result<std::vector<std::string>> what_keeps(const Kubectl& kubectl,
                                                          const std::string& selector);

}  // namespace hopcost::overhead
