#include "overhead/cluster/meter.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/process.hpp"
#include "overhead/output/json_field.hpp"
#include "overhead/site/workers_seen.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

/// The mount namespace of a process: each container has its own; empty where it may not be seen.
std::string mounts_of(const std::string& process) {
  std::error_code ec;
  const auto link = std::filesystem::read_symlink("/proc/" + process + "/ns/mnt", ec);
  return ec ? std::string() : link.string();
}

/// Processes of the other containers: their first ones, whose parents are outside, and all below.
std::vector<ProcessInfo> others(std::vector<pid_t>& roots) {
  const auto ours = mounts_of("self");
  std::vector<ProcessInfo> all;
  std::set<pid_t> known;
  for (auto& process : list_processes()) {
    const auto mounts = mounts_of(std::to_string(process.pid));
    if (mounts.empty() || mounts == ours) continue;
    known.insert(process.pid);
    all.push_back(std::move(process));
  }
  for (auto& process : all) {
    if (known.contains(process.parent)) continue;
    process.parent = 0;
    roots.push_back(process.pid);
  }
  return all;
}

json by_number(const std::map<pid_t, Nanos>& values) {
  json object = json::object();
  for (const auto& [number, value] : values) object[std::to_string(number)] = value;
  return object;
}

std::map<pid_t, Nanos> by_number(const JsonField& field) {
  std::map<pid_t, Nanos> values;
  field.each_entry([&](const std::string& key, const JsonField& value) {
    pid_t number = 0;
    const auto* const end = key.data() + key.size();
    const auto read = std::from_chars(key.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) value.complain("is named by no process");
    values[number] = value.as<Nanos>();
  });
  return values;
}

}  // namespace

PodSight look_beside(const std::optional<StackManifest>& manifest, int port) {
  std::vector<pid_t> roots;
  const auto processes = others(roots);
  PodSight sight;
  sight.use = use_of(sample_tree_cpu(roots, Roots::counted));
  sight.memory_bytes = memory_of(sight.use.cpu);
  if (manifest && !processes.empty()) {
    sight.workers = count_workers(processes, 0, manifest->worker(), port);
  }
  sight.machine = read_machine_facts();
  return sight;
}

json to_json(const PodSight& sight) {
  const auto& machine = sight.machine;
  const auto& storage = sight.use.storage_bytes;
  return {{"cpu_ns", by_number(sight.use.cpu.by_process)},
          {"reaped_ns", sight.use.cpu.reaped_ns},
          {"threads_ns", by_number(sight.use.by_thread)},
          {"storage_bytes", storage ? json(*storage) : json(nullptr)},
          {"memory_bytes", sight.memory_bytes},
          {"workers", sight.workers},
          {"machine",
           {{"cpu", machine.cpu_model},
            {"cpus", machine.cpus},
            {"kernel", machine.kernel},
            {"governor", machine.governor},
            {"clock_source", machine.clock_source},
            {"memory_gib", machine.memory_gib}}}};
}

Result<PodSight> pod_sight_from(const std::string& text) {
  const auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) {
    return fail(ErrorCode::protocol, "the meter printed no JSON: is its image of this version?");
  }
  return catch_errors([&] {
    const JsonField root(parsed, "");
    PodSight sight;
    sight.use.cpu.by_process = by_number(root.at("cpu_ns"));
    sight.use.cpu.reaped_ns = root.at("reaped_ns").as<Nanos>();
    sight.use.by_thread = by_number(root.at("threads_ns"));
    if (const auto storage = root.at("storage_bytes"); !storage.is_null()) {
      sight.use.storage_bytes = storage.as<std::uint64_t>();
    }
    sight.memory_bytes = root.at("memory_bytes").as<std::uint64_t>();
    sight.workers = root.at("workers").as<int>();
    const auto machine = root.at("machine");
    sight.machine.cpu_model = machine.at("cpu").as<std::string>();
    sight.machine.cpus = machine.at("cpus").as<int>();
    sight.machine.kernel = machine.at("kernel").as<std::string>();
    sight.machine.governor = machine.at("governor").as<std::string>();
    sight.machine.clock_source = machine.at("clock_source").as<std::string>();
    sight.machine.memory_gib = machine.at("memory_gib").as<double>();
    return sight;
  });
}

}  // namespace hopcost::overhead
