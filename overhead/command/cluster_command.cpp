#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/cluster/meter.hpp"
#include "overhead/cluster/rollout.hpp"
#include "overhead/command/commands.hpp"

namespace hopcost::overhead {
namespace {

void print(const Pod& pod) {
  fmt::print("{:<8}  {:<44}  {:<9}  {:<16}  {}{}\n", pod.role, pod.name,
             pod.leaving ? "ends"
             : pod.ready ? "ready"
                         : "not ready",
             pod.node.empty() ? "-" : pod.node, pod.image,
             pod.cpu_limit > 0 ? fmt::format("  {} CPU", pod.cpu_limit) : "  no CPU limit");
}

}  // namespace

int cluster_command(const Program& program, const std::stop_token& stop) {
  const auto& options = program.cluster;
  const Kubectl kubectl(options.place);
  if (options.wait > 0) {
    const auto ready = await_ready(kubectl, options.selector, options.wait, stop);
    if (!ready) return report_error(ready.error());
  }
  const auto list = kubectl.get({"pods", "--selector", options.selector});
  if (!list) return report_error(list.error());
  const auto pods = pods_of(*list);
  for (const auto& pod : pods) print(pod);
  const auto lines = what_keeps(kubectl, options.selector);
  if (!lines) return report_error(lines.error());
  for (const auto& line : *lines) fmt::print(stderr, "{}\n", line);
  if (pods.empty() && lines->empty()) {
    return report_error({ErrorCode::unreachable,
                         fmt::format("no pod is labelled {}", options.selector),
                         "namespace " + kubectl.name_space()});
  }
  return lines->empty() ? 0 : Error{ErrorCode::unreachable, "", ""}.exit_code();
}

int meter_command(const Program& program) {
  std::optional<StackManifest> manifest;
  if (!program.meter.stack.empty()) {
    // One that nobody has described is measured all the same: only its workers are not counted.
    if (auto found = find_manifest(program.meter.stack)) manifest = std::move(*found);
  }
  fmt::print("{}\n", to_json(look_beside(manifest, program.meter.port)).dump());
  return 0;
}

}  // namespace hopcost::overhead
