#include "overhead/cluster/cluster_site.hpp"

#include <algorithm>
#include <future>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hopcost::overhead {
namespace {

constexpr const char* kMeter = "meter";
constexpr Nanos kMeterTimeout = 20 * kSecond;
constexpr const char* kBackend = "hopcost/role=backend";
constexpr const char* kDefaultModel = "mock-model";

std::string selector_of(const std::string& stack) {
  return "hopcost/role=stack,hopcost/stack=" + stack;
}

Arm arm_of(const char* name, const Part& part, bool through_stack) {
  ApiBase api;
  api.address = {part.service, static_cast<std::uint16_t>(part.port)};
  api.path = "/v1";
  return {name, {api}, part.model.empty() ? kDefaultModel : part.model, {}, through_stack};
}

Result<PodSight> look_into(const Kubectl& kubectl, const Pod& pod, const std::string& container,
                           const std::vector<std::string>& command) {
  const auto ended = kubectl.exec(pod.name, container, command, kMeterTimeout);
  if (!ended) return std::unexpected(ended.error());
  if (ended->code != 0) {
    return fail(ErrorCode::unreachable,
                fmt::format("its container {} does not answer (is its image of this version?): {}",
                            container, kubectl.advice_for(ended->complaint)),
                "pod " + pod.name);
  }
  return pod_sight_from(ended->printed);
}

/// Process IDs of several pods side by side.
constexpr pid_t kMostPid = 1 << 22;
pid_t apart(pid_t pid, std::size_t pod) {
  return static_cast<pid_t>(pod) * kMostPid + pid;
}

/// Not everybody may see nodes: then no two are known to be one machine.
std::vector<Node> nodes_seen(const Kubectl& kubectl) {
  const auto list = kubectl.get({"nodes"});
  return list ? nodes_of(*list) : std::vector<Node>();
}

}  // namespace

Result<Opened> ClusterSite::open(const Kubectl& kubectl, const StandupPlan& plan,
                                 const std::stop_token& stop) {
  const auto selector = selector_of(plan.stack);
  const auto stack = find_part(kubectl, selector);
  if (!stack) return std::unexpected(stack.error());
  const auto backend = find_part(kubectl, kBackend);
  if (!backend) return std::unexpected(backend.error());
  if (const auto done = renew(kubectl, *backend, plan.backends, 0); !done) {
    return std::unexpected(done.error());
  }
  // Those that are ready first would connect to backends that are about to go.
  const auto up = await_ready(kubectl, kBackend, kubectl.patience(), stop);
  if (!up) return std::unexpected(up.error());
  if (const auto done = renew(kubectl, *stack, plan.replicas, plan.workers); !done) {
    return std::unexpected(done.error());
  }
  const auto ready = await_ready(kubectl, selector, kubectl.patience(), stop);
  if (!ready) return std::unexpected(ready.error());

  const auto launcher = find_launcher(kubectl);
  if (!launcher) return std::unexpected(launcher.error());
  std::unique_ptr<ClusterSite> site(new ClusterSite(kubectl));
  site->stack_ = plan.stack;
  site->selector_ = "hopcost/role in (launcher,backend,stack)";
  auto pods = living_pods(kubectl, site->selector_);
  if (!pods) return std::unexpected(pods.error());
  std::erase_if(*pods,
                [&](const Pod& pod) { return pod.role == "stack" && pod.stack != plan.stack; });
  site->pods_ = std::move(*pods);
  const auto nodes = nodes_seen(kubectl);
  site->one_clock_ = on_one_machine(site->pods_, nodes);

  Placement placement;
  placement.spin = placement.disjoint = false;
  placement.note = fmt::format(
      "Kubernetes: {}{}{}", where_they_are(site->pods_),
      site->one_clock_ ? "" : "; their clocks are not compared",
      nodes.empty() ? "; nodes may not be looked at: nobody knows whether their CPUs are there"
                    : "");
  placement.overcommitted = overcommitted(site->pods_, nodes);
  double limit = 0;
  for (const auto& pod : site->pods_) limit += pod.role == "stack" ? pod.cpu_limit : 0;
  placement.stack_limit = std::max(1, static_cast<int>(limit));
  const auto workers = site->workers_of(plan);
  std::vector<Arm> arms{arm_of(overhead::kBaseline, *backend, false),
                        arm_of(kBaseline2, *backend, false), arm_of(kStack, *stack, true)};
  KeyVariables keys;
  if (!stack->key_env.empty()) keys[arms.back().targets.front().url()] = stack->key_env;
  site->driver_ = drive_from(kubectl, *launcher, std::move(keys));
  return Opened{std::move(site), std::move(arms), workers, std::move(placement)};
}

Result<std::vector<PodSight>> ClusterSite::look() const {
  std::vector<std::future<Result<PodSight>>> asked;
  for (const auto& pod : pods_) {
    if (pod.role != "stack") continue;
    asked.push_back(std::async(std::launch::async, [this, &pod] {
      return look_into(kubectl_, pod, kMeter, {"overhead", "meter", "--stack", stack_});
    }));
  }
  std::vector<PodSight> sights;
  Result<void> all;
  for (auto& answer : asked) {
    auto sight = answer.get();
    if (!sight) {
      all = std::unexpected(sight.error());
    } else {
      sights.push_back(std::move(*sight));
    }
  }
  if (!all) return std::unexpected(all.error());
  return sights;
}

WorkersSeen ClusterSite::workers_of(const StandupPlan& plan) const {
  WorkersSeen workers;
  workers.asked = plan.workers;
  const auto sights = look();
  if (!sights) {
    metered_ = false;
    workers.how = sights.error().to_string();
    return workers;
  }
  workers.verifiable = !sights->empty();
  for (const auto& sight : *sights) {
    workers.seen.push_back(sight.workers);
    if (sight.workers < 0) workers.verifiable = false;
  }
  const auto manifest = find_manifest(plan.stack);
  workers.how = manifest ? how_workers_are_seen(manifest->worker()) : "not verifiable";
  return workers;
}

std::optional<StackUse> ClusterSite::stack_use(const Arm& /*arm*/) const {
  if (!metered_) return std::nullopt;
  const auto sights = look();
  if (!sights) return std::nullopt;
  StackUse all;
  memory_bytes_ = 0;
  for (std::size_t pod = 0; pod < sights->size(); ++pod) {
    const auto& use = (*sights)[pod].use;
    for (const auto& [pid, cpu] : use.cpu.by_process) all.cpu.by_process[apart(pid, pod)] = cpu;
    for (const auto& [thread, cpu] : use.by_thread) all.by_thread[apart(thread, pod)] = cpu;
    all.cpu.reaped_ns += use.cpu.reaped_ns;
    memory_bytes_ += (*sights)[pod].memory_bytes;
    if (use.storage_bytes) all.storage_bytes = all.storage_bytes.value_or(0) + *use.storage_bytes;
  }
  return all;
}

std::optional<TreeCpu> ClusterSite::stack_cpu(const Arm& arm) const {
  auto use = stack_use(arm);
  return use ? std::optional(std::move(use->cpu)) : std::nullopt;
}

Result<void> ClusterSite::check_alive() {
  const auto now = living_pods(kubectl_, selector_);
  if (!now) return std::unexpected(now.error());
  for (const auto& pod : pods_) {
    const auto found = std::ranges::find(*now, pod.uid, &Pod::uid);
    const auto where = fmt::format("pod {} on {}", pod.name, pod.node);
    if (found == now->end()) {
      return fail(ErrorCode::unreachable,
                  "is gone since this restart began: deleted, evicted or replaced (kubectl get "
                  "events)",
                  where);
    }
    if (found->restarts != pod.restarts) {
      return fail(ErrorCode::unreachable,
                  fmt::format("was started again since this restart began ({}): kubectl logs "
                              "--previous says more",
                              found->last_end.empty() ? "no reason is given" : found->last_end),
                  where);
    }
  }
  return {};
}

Result<Launcher> find_launcher(const Kubectl& kubectl) {
  const auto pods = living_pods(kubectl, "hopcost/role=launcher");
  if (!pods) return std::unexpected(pods.error());
  const auto ready = std::ranges::find(*pods, true, &Pod::ready);
  if (ready == pods->end()) {
    return fail(ErrorCode::unreachable,
                pods->empty()
                    ? "no pod is labelled hopcost/role=launcher (deploy/apply.sh makes it)"
                    : "the launcher is not ready (overhead cluster says why)",
                "namespace " + kubectl.name_space());
  }
  const auto sight = look_into(kubectl, *ready, "launcher", {"overhead", "meter"});
  if (!sight) return std::unexpected(sight.error());
  return Launcher{*ready, sight->machine};
}

Result<std::map<std::string, std::string>> images_of(const Kubectl& kubectl,
                                                     const Experiment& experiment) {
  std::map<std::string, std::string> images;
  for (const auto& plan : plan_standups(experiment)) {
    if (images.contains(plan.stack)) continue;
    const auto list = kubectl.get({"deployments", "--selector", selector_of(plan.stack)});
    if (!list) return std::unexpected(list.error());
    if (experiment.skip_missing && list->value("items", nlohmann::json::array()).empty()) continue;
    const auto part = find_part(kubectl, selector_of(plan.stack));
    if (!part) return std::unexpected(part.error());
    images[plan.stack] = part->image;
  }
  return images;
}

}  // namespace hopcost::overhead
