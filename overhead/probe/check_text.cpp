#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/output/columns.hpp"
#include "overhead/probe/probe.hpp"

namespace hopcost::overhead {
namespace {

std::string status_text(int status) {
  return status == 0 ? "none" : std::to_string(status);
}

std::string workers_text(const WorkersSeen& workers) {
  if (!workers.verifiable) return fmt::format("workers {} (not verifiable)", workers.asked);
  std::string seen;
  for (const int count : workers.seen) seen += fmt::format("{}{}", seen.empty() ? "" : ", ", count);
  return fmt::format("workers {}, seen {} ({})", workers.asked, seen, workers.how);
}

std::string load_text(const ProbeLoad& load) {
  std::string text = fmt::format(
      "{}: {} of {} right, stamps in {}, {:.2f} upstream connections a request", load.mode,
      load.requests, load.requests + load.failures, load.stamped, load.connections_per_request);
  if (load.requests_upstream > 1.01) {
    text += fmt::format(", {:.2f} requests upstream for each", load.requests_upstream);
  }
  if (load.events_per_read > 0) {
    text += fmt::format(", {:.2f} events a read (directly {:.2f})", load.events_per_read,
                        load.direct_events_per_read);
  }
  if (!load.first_failure.empty()) text += fmt::format("; first failure: {}", load.first_failure);
  return text;
}

/// Some stacks add dozens of keys: JSON has them all.
std::string line_of(const Change& change) {
  constexpr std::size_t kLongest = 140;
  auto line = fmt::format("{}: {}", change.aspect, change.text);
  if (line.size() > kLongest) line = line.substr(0, line.rfind(' ', kLongest)) + " ...";
  return line;
}

/// What happens to every reply, said once.
std::vector<Change> everywhere(const std::vector<ProbeResult>& probes) {
  std::vector<Change> common;
  if (probes.size() < 2) return common;
  for (const auto& change : probes.front().changes) {
    const bool all = std::ranges::all_of(probes, [&](const ProbeResult& probe) {
      return std::ranges::find(probe.changes, change) != probe.changes.end();
    });
    if (all) common.push_back(change);
  }
  return common;
}

}  // namespace

std::string check_text(const StackCheck& check) {
  std::string text = fmt::format("{} ({}): ready after {:.1f} s, {}\n", check.stack, check.version,
                                 check.ready_s, workers_text(check.workers));
  std::vector<std::vector<std::string>> rows{{"request", "direct", "stack", "ms"}};
  for (const auto& probe : check.probes) {
    rows.push_back({probe.name, status_text(probe.direct_status), status_text(probe.through_status),
                    fmt::format("{:.0f}", probe.through_ms)});
  }
  // What changes has no width of its own: it stands under its row.
  const auto common = everywhere(check.probes);
  const auto table = aligned(rows);
  std::size_t at = table.find('\n') + 1;
  text += table.substr(0, at);
  for (const auto& probe : check.probes) {
    const auto end = table.find('\n', at);
    text += table.substr(at, end - at + 1);
    at = end + 1;
    for (const auto& change : probe.changes) {
      if (std::ranges::find(common, change) != common.end()) continue;
      text += fmt::format("    {}\n", line_of(change));
    }
  }
  for (const auto& change : common) {
    text += fmt::format("every reply: {}\n", line_of(change));
  }
  for (const auto& load : check.loads) text += load_text(load) + "\n";
  return text;
}

nlohmann::json check_json(const StackCheck& check) {
  using nlohmann::json;
  auto probes = json::array();
  for (const auto& probe : check.probes) {
    auto changes = json::array();
    for (const auto& change : probe.changes) {
      changes.push_back({{"aspect", change.aspect}, {"text", change.text}});
    }
    probes.push_back({{"request", probe.name},
                      {"direct_status", probe.direct_status},
                      {"stack_status", probe.through_status},
                      {"stack_ms", probe.through_ms},
                      {"upstream_requests", probe.upstream_requests},
                      {"changes", changes}});
  }
  auto loads = json::array();
  for (const auto& load : check.loads) {
    loads.push_back({{"mode", load.mode},
                     {"ok", load.requests},
                     {"failed", load.failures},
                     {"stamped", load.stamped},
                     {"connections_per_request", load.connections_per_request},
                     {"upstream_requests_per_request", load.requests_upstream},
                     {"events_per_read", load.events_per_read},
                     {"direct_events_per_read", load.direct_events_per_read},
                     {"first_failure", load.first_failure}});
  }
  return {{"name", check.stack},
          {"version", check.version},
          {"workers",
           {{"asked", check.workers.asked},
            {"verifiable", check.workers.verifiable},
            {"seen", check.workers.seen},
            {"how", check.workers.how}}},
          {"ready_s", check.ready_s},
          {"requests", probes},
          {"loads", loads}};
}

}  // namespace hopcost::overhead
