#include "overhead/report/cross_check.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "common/status_line.hpp"
#include "loadgen/output/markdown.hpp"
#include "overhead/gate/stored.hpp"
#include "overhead/measure/study.hpp"
#include "overhead/output/table.hpp"

namespace hopcost::overhead {
namespace {

using loadgen::markdown_cell;

constexpr std::array<std::pair<const char*, const char*>, 3> kCompared{
    {{"e2e.p50", "whole answer, median"},
     {"ttft.p50", "first token, median"},
     {"itl.p50", "between two chunks (the mean in a stream), median"}}};

/// Whether what a cell says of single quantities counts. A tool that states no first token has no
/// verdict on a stream, but what it does state stands.
bool stands(const Cell& cell) {
  return std::ranges::none_of(
      cell.checks, [](const CheckResult& check) { return check.fired && check.blocking; });
}

std::string added_text(const Cell& cell, const std::string& quantity) {
  return stands(cell) ? difference_text(cell.overheads.at(quantity)) : "no verdict";
}

std::string level_text(const Cell& cell, const std::string& quantity) {
  const auto level = arm_level(cell, cell.contrast.theirs, quantity);
  return level ? fmt::format("{:.1f}", *level / 1e3) : "-";
}

std::string floor_text(const Cell& cell, const std::string& quantity) {
  const auto found = cell.overheads.find(quantity);
  if (found == cell.overheads.end() || !found->second.null) return "-";
  return fmt::format("{:.1f}", found->second.noise_floor() / 1e3);
}

/// How what is added stands to what the first one says.
std::string beside_text(const Cell& cell, const Cell* first, const std::string& quantity) {
  if (first == nullptr || first == &cell) return "-";
  if (!stands(cell) || !stands(*first)) return "-";
  const auto change = grown_since(cell, *first, quantity, Budget::Kind::grown, 0.95);
  if (!change) return "-";
  const auto figures = fmt::format("{:+.1f} [{:.1f}, {:.1f}]", change->value / 1e3,
                                   change->low / 1e3, change->high / 1e3);
  return change->contains_zero() ? fmt::format("no difference to be seen: {}", figures) : figures;
}

/// CPU time of the load generator over the requests it sent, in microseconds.
std::string own_cost_text(const Cell& cell) {
  double cpu_ns = 0;
  double requests = 0;
  for (const auto& pass : cell.passes) {
    cpu_ns += pass.generator_busy_share * static_cast<double>(pass.measured_ns);
    requests += static_cast<double>(pass.counters.sent);
  }
  return requests > 0 ? fmt::format("{:.1f}", cpu_ns / requests / 1e3) : "-";
}

/// The table of one cell and quantity; empty where no run states it.
std::string table(const std::vector<ReadStudy>& runs, const std::string& id,
                  const std::string& quantity) {
  std::string lines;
  const Cell* first = nullptr;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto found = std::ranges::find(runs[i].cells, id, &Cell::id);
    if (found == runs[i].cells.end() || !found->overheads.contains(quantity)) continue;
    if (i == 0) first = &*found;
    const auto& [name, version] = driven_by(runs[i]);
    lines += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_cell(name),
                         markdown_cell(version), level_text(*found, quantity),
                         markdown_cell(added_text(*found, quantity)), floor_text(*found, quantity),
                         beside_text(*found, first, quantity), own_cost_text(*found),
                         restarts_in(*found).size());
  }
  if (lines.empty()) return {};
  return "| tool | version | the backend alone | the stack adds | its noise floor | more than the "
         "first says | its own CPU a request | restarts |\n|---|---|---|---|---|---|---|---|\n" +
         lines;
}

/// The cells of all runs, in the order in which they first stand.
std::vector<std::string> ids_of(const std::vector<ReadStudy>& runs) {
  std::vector<std::string> ids;
  for (const auto& run : runs) {
    for (const auto& cell : run.cells) {
      if (cell.asked.load == Load::latency && std::ranges::find(ids, cell.id) == ids.end()) {
        ids.push_back(cell.id);
      }
    }
  }
  return ids;
}

std::string reasons(const std::vector<ReadStudy>& runs, const std::string& id) {
  std::string lines;
  for (const auto& run : runs) {
    const auto found = std::ranges::find(run.cells, id, &Cell::id);
    if (found == run.cells.end() || found->state != State::no_verdict) continue;
    for (const auto& reason : found->reasons) {
      lines +=
          fmt::format("- {}: {}\n", markdown_cell(driven_by(run).first), markdown_cell(reason));
    }
  }
  return lines.empty() ? lines : fmt::format("No verdict:\n{}\n", lines);
}

}  // namespace

std::pair<std::string, std::string> driven_by(const ReadStudy& study) {
  for (const auto& [name, version] : study.versions) {
    if (name.ends_with(kHarnessMark)) {
      return {name.substr(0, name.size() - kHarnessMark.size()), version};
    }
  }
  return {"hopcost", "built in"};
}

std::string cross_check(const std::vector<ReadStudy>& runs) {
  std::string out = "Microseconds; intervals and floors as in each run's own report.\n\n";
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (const auto why = other_machine(runs[i], runs[0]); !why.empty()) {
      out += fmt::format("CAREFUL: {} was measured elsewhere: {}\n\n",
                         markdown_cell(driven_by(runs[i]).first), markdown_cell(why));
    }
  }
  for (const auto& id : ids_of(runs)) {
    out += fmt::format("## {}\n\n", markdown_cell(id));
    for (const auto& [quantity, words] : kCompared) {
      const auto made = table(runs, id, quantity);
      if (!made.empty()) out += fmt::format("**{}**\n\n{}\n", words, made);
    }
    out += reasons(runs, id);
  }
  return printable_lines(out);
}

}  // namespace hopcost::overhead
