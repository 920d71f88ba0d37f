#include "overhead/estimate/cell.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {
namespace {

/// One value a restart: the median over its rounds of `compare(arm's, base's)`. Restarts without
/// any make the whole nothing.
template <class Compare>
std::optional<std::vector<double>> restart_comparisons(const std::vector<PassRecord>& passes,
                                                       const std::string& arm,
                                                       const std::string& base,
                                                       const std::string& quantity,
                                                       Compare&& compare) {
  // Value of each arm in each round of each restart.
  std::map<int, std::map<int, std::map<std::string, double>>> rounds;
  for (const auto& pass : passes) {
    auto& of_round = rounds[pass.restart][pass.round];
    if (pass.arm != arm && pass.arm != base) continue;
    if (const auto value = pass.value(quantity)) of_round[pass.arm] = *value;
  }
  std::vector<double> values;
  for (const auto& [restart, by_round] : rounds) {
    std::vector<double> compared;
    for (const auto& [round, by_arm] : by_round) {
      if (by_arm.size() != 2) continue;
      if (const auto value = compare(by_arm.at(arm), by_arm.at(base))) compared.push_back(*value);
    }
    if (compared.empty()) return std::nullopt;
    values.push_back(median(compared));
  }
  return values;
}

void estimate_overheads(Cell& cell) {
  const auto& [ours, theirs, control] = cell.contrast;
  std::set<std::string> names;
  for (const auto& pass : cell.passes) {
    for (const auto& [name, value] : pass.quantities) {
      // At the ceiling a latency says how long the queue is, not what the stack adds.
      if (cell.asked.load == Load::latency || is_rate(name)) names.insert(name);
    }
  }
  for (const auto& name : names) {
    const auto values = restart_differences(cell.passes, ours, theirs, name);
    if (!values) continue;
    auto difference = estimate_mean(*values, cell.level);
    if (!difference) continue;
    Overhead overhead{std::move(*difference), std::nullopt};
    if (const auto null = restart_differences(cell.passes, control, theirs, name)) {
      overhead.null = estimate_mean(*null, cell.level);
    }
    cell.overheads.emplace(name, std::move(overhead));
  }
}

void estimate_costs(Cell& cell) {
  const auto estimate = [&](auto&& value) {
    return estimate_mean(restart_medians(cell.passes, cell.contrast.ours, value), cell.level);
  };
  cell.cpu_per_request_ns = estimate([](const auto& p) { return p.value(kCpuPerRequest); });
  cell.cpu_per_chunk_ns = estimate([](const auto& p) { return p.value(kCpuPerChunk); });
  cell.memory_bytes = estimate([](const PassRecord& p) {
    const auto bytes = static_cast<double>(p.stack_memory_bytes);
    return bytes > 0 ? std::optional(bytes) : std::nullopt;
  });
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> reads;
  for (const auto& pass : cell.passes) {
    auto& [events, count] = reads[pass.arm];
    events += pass.counters.timely_events;
    count += pass.counters.timely_reads;
    if (pass.arm != cell.contrast.ours) continue;
    requests += pass.backend_requests;
    connections += pass.backend_connections;
  }
  if (requests > 0) {
    cell.connections_per_request = static_cast<double>(connections) / static_cast<double>(requests);
  }
  for (const auto& [arm, counts] : reads) {
    if (counts.second == 0) continue;
    cell.events_per_read[arm] =
        static_cast<double>(counts.first) / static_cast<double>(counts.second);
  }
}

void judge(Cell& cell) {
  cell.checks = run_checks(cell);
  for (const auto& check : cell.checks) {
    if (check.fired && check.blocking) {
      cell.reasons.push_back(fmt::format("{}: {}", check.code, check.evidence));
    }
  }
  const auto main = cell.overheads.find(cell.headline());
  if (main == cell.overheads.end() && (cell.reasons.empty() || !cell.passes.empty())) {
    cell.reasons.push_back(
        cell.passes.empty()
            ? "there was no time for it"
            : fmt::format("{} was not seen often enough in two restarts", cell.headline()));
  }
  if (!cell.reasons.empty()) {
    cell.state = State::no_verdict;
  } else {
    const bool told = cell.asked.load == Load::ceiling || main->second.resolved();
    cell.state = told ? State::measured : State::below_resolution;
  }
}

}  // namespace

double Overhead::resolution() const {
  return std::max(difference.high, noise_floor());
}

std::set<int> restarts_in(const Cell& cell) {
  std::set<int> restarts;
  for (const auto& pass : cell.passes) restarts.insert(pass.restart);
  return restarts;
}

const CheckResult* fired(const Cell& cell, std::string_view code) {
  const auto found = std::ranges::find_if(
      cell.checks, [&](const CheckResult& check) { return check.fired && check.code == code; });
  return found == cell.checks.end() ? nullptr : &*found;
}

std::optional<double> PassRecord::value(const std::string& quantity) const {
  const auto found = quantities.find(quantity);
  return found == quantities.end() ? std::nullopt : std::optional(found->second);
}

PassRecord record_of(const PassResult& pass, bool through_stack) {
  PassRecord record;
  static_cast<PassFacts&>(record) = pass;
  record.through_stack = through_stack;
  record.quantities = quantities_of(pass.run);
  record.counters = pass.run.counters;
  record.failure_samples = pass.run.failure_samples;
  record.events_per_read = pass.run.events_per_read();
  record.generator_busy_share = pass.run.generator_busy_share;
  record.measured_ns = pass.run.measured_ns;
  const auto cost = [&](const char* name, std::uint64_t count) {
    if (count == 0 || pass.stack_cpu_ns == 0) return;
    record.quantities[name] = static_cast<double>(pass.stack_cpu_ns) / static_cast<double>(count);
  };
  cost(kCpuPerRequest, record.counters.requests_total);
  if (record.counters.chunks == 0) return record;  // no streams
  // A chunk of the backend's is one piece of work, however many of them the client sees at once.
  cost(kCpuPerChunk, pass.sees_backend ? pass.backend_chunks : record.counters.chunks);
  return record;
}

std::optional<std::vector<double>> restart_differences(const std::vector<PassRecord>& passes,
                                                       const std::string& arm,
                                                       const std::string& base,
                                                       const std::string& quantity) {
  return restart_comparisons(
      passes, arm, base, quantity,
      [](double ours, double theirs) -> std::optional<double> { return ours - theirs; });
}

std::optional<std::vector<double>> restart_ratios(const std::vector<PassRecord>& passes,
                                                  const std::string& arm, const std::string& base,
                                                  const std::string& quantity) {
  return restart_comparisons(passes, arm, base, quantity,
                             [](double ours, double theirs) -> std::optional<double> {
                               if (theirs > 0) return ours / theirs;
                               return std::nullopt;
                             });
}

std::optional<double> arm_level(const Cell& cell, const std::string& arm,
                                const std::string& quantity) {
  const auto medians =
      restart_medians(cell.passes, arm, [&](const auto& pass) { return pass.value(quantity); });
  return medians.empty() ? std::nullopt : std::optional(median(medians));
}

void conclude(Cell& cell) {
  cell.overheads.clear();
  cell.reasons.clear();
  estimate_overheads(cell);
  estimate_costs(cell);
  cell.own_report = self_report(cell);
  judge(cell);
}

}  // namespace hopcost::overhead
