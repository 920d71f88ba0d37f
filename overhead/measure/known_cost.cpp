#include "overhead/measure/known_cost.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "common/units.hpp"
#include "overhead/checks/check.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kAllowedNs = 10e3;
constexpr double kAllowedShare = 0.05;

struct Facts {
  const char* name;
  Mode mode;
  const char* quantity;
  const char* header;
  const char* truth;
};

const Facts& facts_of(CostKind kind) {
  static constexpr Facts kDelay{"delay", Mode::unary, "e2e.p50", "x-hopcost-add-delay",
                                "add_delay"};
  static constexpr Facts kChunkDelay{"chunk delay", Mode::stream, kPerChunk,
                                     "x-hopcost-add-chunk-delay", "add_chunk_delay"};
  static constexpr Facts kBurn{"CPU", Mode::unary, kCpuPerRequest, "x-hopcost-burn-cpu",
                               "burn_cpu"};
  switch (kind) {
    case CostKind::delay:
      return kDelay;
    case CostKind::chunk_delay:
      return kChunkDelay;
    case CostKind::burn:
      break;
  }
  return kBurn;
}

/// A cell in which the passes of `ours` are the stack's and those of `theirs` the baseline's.
Cell cell_of(const std::vector<PassRecord>& passes, const char* ours, const char* theirs) {
  Cell cell;
  cell.asked.mode = Mode::stream;
  cell.contrast = {ours, theirs, ""};
  for (const auto& pass : passes) {
    if (pass.arm == ours || pass.arm == theirs) cell.passes.push_back(pass);
  }
  return cell;
}

}  // namespace

const char* KnownCost::kind_name() const {
  return facts_of(kind).name;
}

Mode KnownCost::mode() const {
  return facts_of(kind).mode;
}

const char* KnownCost::quantity() const {
  return facts_of(kind).quantity;
}

const char* KnownCost::truth_name() const {
  return facts_of(kind).truth;
}

const char* KnownCost::arm_without() const {
  return mode() == Mode::unary ? kStack : kStackStream;
}

std::string KnownCost::arm() const {
  return fmt::format("{}+{}={}", arm_without(), kind_name(), duration_text(asked_ns));
}

std::pair<std::string, std::string> KnownCost::header() const {
  return {facts_of(kind).header, duration_text(asked_ns)};
}

double KnownCost::allowed_ns() const {
  return std::max(kAllowedNs, kAllowedShare * truth_ns);
}

double KnownCost::error_ns() const {
  return recovered ? recovered->value - truth_ns : 0.0;
}

bool KnownCost::undecided() const {
  return !recovered || smallest_detectable(*recovered) > allowed_ns();
}

bool KnownCost::passed() const {
  return !undecided() && std::abs(error_ns()) <= allowed_ns();
}

void recover(std::span<KnownCost> costs, const std::vector<PassRecord>& passes,
             const std::vector<Truth>& truths) {
  for (auto& cost : costs) {
    const auto values =
        restart_differences(passes, cost.arm(), cost.arm_without(), cost.quantity());
    cost.recovered = values ? estimate_mean(*values) : std::nullopt;
  }
  for (auto& cost : costs) {
    std::vector<double> clocked;
    for (const auto& truth : truths) {
      const auto list = truth.find(cost.truth_name());
      if (list == truth.end()) continue;
      const auto found = list->second.find(cost.asked_ns);
      if (found != list->second.end()) clocked.push_back(found->second);
    }
    for (const double value : clocked) cost.truth_ns += value / static_cast<double>(clocked.size());
    // Nothing to compare with is no zero.
    if (clocked.empty()) cost.recovered.reset();
  }
}

std::optional<KnownBuffering> recover_buffering(const std::vector<PassRecord>& passes) {
  Cell held = cell_of(passes, kStackBuffered, kStackStream);
  conclude(held);
  if (!held.events_per_read.contains(kStackBuffered)) return std::nullopt;
  Cell plain = cell_of(passes, kStackStream, kBaselineStream);
  conclude(plain);
  return KnownBuffering{
      held.events_per_read[kStackStream], held.events_per_read[kStackBuffered],
      fired(held, "stream_coalesced") != nullptr && fired(plain, "stream_coalesced") == nullptr};
}

}  // namespace hopcost::overhead
