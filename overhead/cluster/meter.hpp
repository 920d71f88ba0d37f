#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/cpu.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/site.hpp"

namespace hopcost::overhead {

/// What a container sees of those beside it in its pod, where they share their processes
/// (shareProcessNamespace), and of its node.
struct PodSight {
  StackUse use;
  std::uint64_t memory_bytes = 0;
  int workers = -1;  ///< -1: cannot be seen
  MachineFacts machine;
};

/// Looks: at the processes of other containers (those of its own mount namespace are its own), and
/// counts workers as the manifest says.
[[nodiscard]] PodSight look_beside(const std::optional<StackManifest>& manifest, int port);

[[nodiscard]] nlohmann::json to_json(const PodSight& sight);
/// What to_json made, of another pod. An Error names the field.
[[nodiscard]] Result<PodSight> pod_sight_from(const std::string& text);

}  // namespace hopcost::overhead
