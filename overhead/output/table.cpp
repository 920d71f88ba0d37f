#include "overhead/output/table.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "common/status_line.hpp"
#include "common/units.hpp"
#include "loadgen/output/markdown.hpp"
#include "overhead/output/ceilings_text.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/scaling_text.hpp"
#include "overhead/output/self_report_text.hpp"

namespace hopcost::overhead {
namespace {

std::string microseconds(double ns) {
  return fmt::format("{:.1f}", ns / 1e3);
}

/// "stream", and what else tells the cell from others of its stand-up: "stream p500 o64 itl5ms".
std::string mode_text(const Cell& cell) {
  return mode_name(cell.asked.mode) + lengths_text(cell.asked, ' ');
}

std::string optional_us(const std::optional<Estimate>& estimate) {
  return estimate ? microseconds(estimate->value) : "-";
}

std::string noise_text(const Cell& cell) {
  const auto found = cell.overheads.find(cell.headline());
  if (found == cell.overheads.end() || !found->second.null) return "-";
  return microseconds(found->second.noise_floor());
}

std::string reads_text(const Cell& cell) {
  const auto stack = cell.events_per_read.find(cell.contrast.ours);
  return cell.asked.mode == Mode::stream && stack != cell.events_per_read.end()
             ? fmt::format("{:.2f}", stack->second)
             : "-";
}

std::string verdict_text(const Cell& cell) {
  std::string text = state_name(cell.state);
  for (const auto& check : cell.checks) {
    if (check.fired && check.blocking) text += ", " + check.code;
  }
  for (const auto& check : cell.checks) {
    if (check.fired && !check.blocking && check.code != "shared_cores") text += " *" + check.code;
  }
  return text;
}

/// What the checks that fired say, but for what holds of every cell, and why a cell has no figures.
void append_findings(std::string& out, const Study& study) {
  auto put = std::back_inserter(out);
  bool any = false;
  for (const auto& cell : study.cells) {
    for (const auto& check : cell.checks) {
      if (!check.fired || (!check.blocking && check.code == "shared_cores")) continue;
      if (!any) out += "\nWhat the checks found (docs/measurement.md says what each means)\n";
      any = true;
      fmt::format_to(put, "  {} {}: {}{}\n", check.code, cell.id, check.evidence,
                     check.blocking ? "  -> no verdict" : "");
    }
    const bool blocked = std::ranges::any_of(
        cell.checks, [](const CheckResult& check) { return check.fired && check.blocking; });
    if (cell.checks.empty() || (!blocked && !cell.overheads.contains(cell.headline()))) {
      fmt::format_to(put, "  {}: {}\n", cell.id,
                     cell.reasons.empty() ? "not measured" : cell.reasons.back());
    }
  }
}

/// "10", or "4 to 10" where a time budget gave cells different numbers of them.
std::string restarts_text(const Study& study) {
  if (study.experiment.time_budget == 0) return std::to_string(study.experiment.restarts);
  int fewest = study.experiment.restarts;
  int most = 0;
  for (const auto& cell : study.cells) {
    const int done = cell.passes.empty() ? 0 : cell.passes.back().restart + 1;
    fewest = std::min(fewest, done);
    most = std::max(most, done);
  }
  return fewest == most ? std::to_string(most) : fmt::format("{} to {}", fewest, most);
}

std::string interval_text(const Study& study) {
  if (study.experiment.time_budget == 0 || study.cells.empty()) return "95 % intervals";
  const auto& cell = study.cells.front();
  return fmt::format("{:.3g} % intervals{}, within {}", 100 * cell.level,
                     cell.looks > 1 ? fmt::format(" for {} looks", cell.looks) : "",
                     format_duration(static_cast<double>(study.experiment.time_budget)));
}

std::string memory_text(const Cell& cell) {
  constexpr double kMib = 1024.0 * 1024.0;
  return cell.memory_bytes ? fmt::format("{:.1f}", cell.memory_bytes->value / kMib) : "-";
}

/// The stack's first latency cell of that mode, driven as `level` is.
const Cell* find_cell(const Study& study, const std::string& stack, Mode mode, const Level& level) {
  for (const auto& cell : study.cells) {
    if (cell.asked.load == Load::latency && cell.standup.stack == stack &&
        cell.asked.mode == mode && users_text(cell.asked) == users_text(level)) {
      return &cell;
    }
  }
  return nullptr;
}

std::vector<std::string> stacks_of(const Study& study) {
  std::vector<std::string> names;
  for (const auto& cell : study.cells) {
    if (std::ranges::find(names, cell.standup.stack) == names.end()) {
      names.push_back(cell.standup.stack);
    }
  }
  return names;
}

/// "nginx 23.4 us [19.1, 27.7]"
std::string said_of(const Cell& cell, const std::string& quantity) {
  const auto found = cell.overheads.find(quantity);
  if (cell.state == State::no_verdict || found == cell.overheads.end()) {
    return fmt::format("{} no verdict", cell.standup.stack);
  }
  const auto& overhead = found->second;
  if (!overhead.resolved()) {
    return fmt::format("{} less than can be seen here (< {} us)", cell.standup.stack,
                       microseconds(overhead.resolution()));
  }
  return fmt::format("{} {} us [{}, {}]", cell.standup.stack,
                     microseconds(overhead.difference.value), microseconds(overhead.difference.low),
                     microseconds(overhead.difference.high));
}

std::string enumerate(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

/// What latency cells show; empty without any.
std::string latency_table(const Study& study) {
  std::vector<std::vector<std::string>> rows{{"stack", "workers", "replicas", "users", "mode",
                                              "added to the median", "noise floor",
                                              "added to a chunk", "CPU/request", "CPU/chunk", "MiB",
                                              "conn/request", "events/read", "verdict"}};
  for (const auto& cell : study.cells) {
    if (cell.asked.load == Load::ceiling) continue;
    const bool stream = cell.asked.mode == Mode::stream;
    rows.push_back(
        {cell.standup.stack, count_text(cell.standup.workers), replicas_text(cell.standup),
         users_text(cell.asked), mode_text(cell), overhead_text(cell, cell.headline()),
         noise_text(cell), stream ? overhead_text(cell, kPerChunk) : "-",
         optional_us(cell.cpu_per_request_ns), optional_us(cell.cpu_per_chunk_ns),
         memory_text(cell),
         cell.connections_per_request ? fmt::format("{:.2f}", *cell.connections_per_request) : "-",
         reads_text(cell), verdict_text(cell)});
  }
  if (rows.size() == 1) return {};
  return aligned(rows) +
         "\nmedian: end to end (unary), time to first token (stream). A chunk: from the backend's "
         "write to the client's read.\n\"< X\": below resolution, nothing above X. CPU and memory: "
         "of the stack's whole process tree.\n";
}

}  // namespace

std::string difference_text(const Overhead& overhead) {
  if (!overhead.resolved()) return fmt::format("< {}", microseconds(overhead.resolution()));
  return fmt::format("{:+.1f} [{}, {}]", overhead.difference.value / 1e3,
                     microseconds(overhead.difference.low), microseconds(overhead.difference.high));
}

std::string overhead_text(const Cell& cell, const std::string& quantity) {
  const auto found = cell.overheads.find(quantity);
  if (found == cell.overheads.end()) return "-";
  if (cell.state == State::no_verdict) return "no verdict";
  return difference_text(found->second);
}

std::string study_table(const Study& study) {
  const auto& e = study.experiment;
  const bool latencies = std::ranges::any_of(
      study.cells, [](const Cell& cell) { return cell.asked.load == Load::latency; });
  const auto* const what = latencies ? "costs, in microseconds" : "lets through";
  const auto* const times = e.attach ? "repetitions" : "restarts";
  std::string out = fmt::format(
      "\n{}: what one hop {}{}\n"
      "{} {} x {} rounds, {} (Student's t over {}), seed {}\n"
      "{}, {} CPUs ({})\n\n",
      e.name, what, e.trial() ? "  -  A TRIAL: few restarts, wide intervals" : "",
      restarts_text(study), times, e.rounds, interval_text(study), times, e.seed,
      study.machine.cpu_model, study.machine.cpus, study.placement.note);
  out += latency_table(study);
  out += self_reports_text(study.cells);
  out += slopes_text(study.slopes);
  out += ratios_text(study.ratios);
  out += ceilings_table(study.cells);
  out += scaling_table(study.scaling);
  append_findings(out, study);
  for (const auto& text : study.left_out) out += fmt::format("left out: {}\n", text);
  for (const auto& error : study.failures) out += fmt::format("FAILED {}\n", error.to_string());
  if (study.cut_short) out += "This run was cut short: what is shown rests on what was complete.\n";
  return printable_lines(out);
}

std::string two_sentences(const Study& study) {
  if (study.cells.empty()) return "Nothing was measured.";
  const auto& first = study.cells.front();
  std::vector<std::string> requests;
  std::vector<std::string> chunks;
  double noise = 0;
  for (const auto& stack : stacks_of(study)) {
    if (const Cell* cell = find_cell(study, stack, Mode::unary, first.asked)) {
      requests.push_back(said_of(*cell, headline(Mode::unary)));
      const auto found = cell->overheads.find(headline(Mode::unary));
      if (found != cell->overheads.end()) noise = std::max(noise, found->second.noise_floor());
    }
    if (const Cell* cell = find_cell(study, stack, Mode::stream, first.asked)) {
      std::string text = said_of(*cell, kPerChunk);
      if (fired(*cell, "stream_coalesced") != nullptr) {
        text += fmt::format(" (it holds streams back: {} events in one read)", reads_text(*cell));
      }
      chunks.push_back(std::move(text));
    }
  }
  std::string setting = first.asked.rate_per_s > 0
                            ? "At " + users_text(first.asked)
                            : fmt::format("With {} user{}", first.asked.concurrency,
                                          first.asked.concurrency == 1 ? "" : "s");
  if (!first.standup.attached()) {
    setting += fmt::format(" and {} worker{}", first.standup.workers,
                           first.standup.workers == 1 ? "" : "s");
  }
  std::string text;
  if (!requests.empty()) {
    text = fmt::format("{}, one hop adds to the median request: {}", setting, enumerate(requests));
    text += noise > 0 ? fmt::format("; noise floor {} us.", microseconds(noise)) : ".";
  }
  if (!chunks.empty()) {
    text += text.empty() ? setting + ", one hop delays" : " It delays";
    text += fmt::format(" each streamed chunk: {}.", enumerate(chunks));
  }
  return printable(text.empty() ? ceilings_sentence(study.cells) : text);
}

std::string summary_markdown(const Study& study) {
  auto table = study_table(study);
  // A name with backticks does not end the fence.
  for (auto at = table.find("```"); at != std::string::npos; at = table.find("```")) {
    table.replace(at, 3, "\'\'\'");
  }
  return fmt::format("{}\n\n```\n{}```\n", loadgen::markdown_cell(two_sentences(study)), table);
}

}  // namespace hopcost::overhead
