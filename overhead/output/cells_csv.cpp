#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/status_line.hpp"
#include "overhead/output/formats.hpp"

namespace hopcost::overhead {
namespace {

constexpr std::array kQuantities{"e2e.p50",  "e2e.p99",           "ttft.p50",
                                 "ttft.p99", "chunk_transit.p50", "itl.p50"};
constexpr double kUs = 1e3;
constexpr double kMib = 1024.0 * 1024.0;

/// Empty where there is no such value.
std::string number(const std::optional<double>& value, double unit) {
  return value ? fmt::format("{:.3f}", *value / unit) : "";
}

/// A name that holds a comma or a quote, as RFC 4180 has it.
std::string text(const std::string& raw) {
  const auto name = printable(raw);
  if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::vector<std::string> heading() {
  std::vector<std::string> names{
      "cell",        "stack",      "workers", "replicas", "backend_replicas",
      "concurrency", "rate_per_s", "mode",    "state"};
  for (const std::string quantity : kQuantities) {
    for (const auto* part : {"baseline", "stack", "added", "added_low", "added_high"}) {
      names.push_back(fmt::format("{}_{}_us", quantity, part));
    }
  }
  for (const std::string cost : {"cpu_per_request", "cpu_per_chunk"}) {
    for (const auto* part : {"", "_low", "_high"}) {
      names.push_back(fmt::format("{}{}_us", cost, part));
    }
  }
  names.insert(names.end(), {"memory_mib", "baseline_requests_per_s", "stack_requests_per_s"});
  return names;
}

void put_interval(std::vector<std::string>& row, const Estimate* estimate) {
  for (const auto end : {&Estimate::value, &Estimate::low, &Estimate::high}) {
    row.push_back(estimate != nullptr ? number(estimate->*end, kUs) : "");
  }
}

std::vector<std::string> row_of(const Cell& cell) {
  std::vector<std::string> row{
      text(cell.id),
      text(cell.standup.stack),
      std::to_string(cell.standup.workers),
      std::to_string(cell.standup.replicas),
      std::to_string(cell.standup.backends),
      std::to_string(cell.asked.concurrency),
      cell.asked.rate_per_s > 0 ? fmt::format("{:g}", cell.asked.rate_per_s) : "",
      mode_name(cell.asked.mode),
      state_name(cell.state)};
  const bool told = cell.state != State::no_verdict;
  const auto level = [&](const std::string& arm, const char* quantity) {
    return told ? arm_level(cell, arm, quantity) : std::nullopt;
  };
  for (const auto* quantity : kQuantities) {
    row.push_back(number(level(cell.contrast.theirs, quantity), kUs));
    row.push_back(number(level(cell.contrast.ours, quantity), kUs));
    const auto found = cell.overheads.find(quantity);
    const bool bursty =
        std::string_view(quantity).ends_with(".p99") && fired(cell, "tail_in_bursts") != nullptr;
    const bool shown = told && !bursty && found != cell.overheads.end();
    put_interval(row, shown ? &found->second.difference : nullptr);
  }
  for (const auto* cost : {&cell.cpu_per_request_ns, &cell.cpu_per_chunk_ns}) {
    put_interval(row, told && *cost ? &**cost : nullptr);
  }
  const auto memory =
      cell.memory_bytes ? std::optional(cell.memory_bytes->value) : std::optional<double>();
  row.push_back(number(told ? memory : std::nullopt, kMib));
  row.push_back(number(level(cell.contrast.theirs, "requests_per_s"), 1));
  row.push_back(number(level(cell.contrast.ours, "requests_per_s"), 1));
  return row;
}

}  // namespace

std::string cells_csv(const ReadStudy& study) {
  std::string out = fmt::format("{}\n", fmt::join(heading(), ","));
  for (const auto& cell : study.cells) out += fmt::format("{}\n", fmt::join(row_of(cell), ","));
  return out;
}

}  // namespace hopcost::overhead
