#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/gate/gate_text.hpp"
#include "overhead/measure/comparison.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/record.hpp"
#include "overhead/report/reports.hpp"
#include "overhead/site/installation.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kPercent = 100;

/// A known stack; or one with this command in its place; or one that is nothing but the command.
Result<StackManifest> build_of(const CompareOptions& options, const std::string& name,
                               const BuildOptions& build) {
  StackManifest manifest;
  if (!build.stack.empty()) {
    auto known = find_manifest(build.stack);
    if (known) known->name = name;
    return known;
  }
  if (!options.stack.empty()) {
    auto known = find_manifest(options.stack);
    if (!known) return known;
    manifest = std::move(*known);
    manifest.version_command.clear();
    manifest.requires_programs.clear();
  } else {
    manifest.ready_path = options.ready;
    manifest.ready_timeout = options.ready_timeout;
  }
  manifest.name = name;
  manifest.command = {"/bin/sh", "-c", "exec " + build.command};
  return manifest;
}

/// Of the builds that are known stacks.
std::map<std::string, std::string> versions_of(const CompareOptions& options,
                                               const StackManifest& base,
                                               const StackManifest& head) {
  std::map<std::string, std::string> versions;
  if (!options.base.stack.empty()) versions[kBase] = stack_version(base);
  if (!options.head.stack.empty()) versions[kHead] = stack_version(head);
  return versions;
}

/// A build's own value, for people.
std::string level_text(const Cell& cell, const std::string& arm, const std::string& quantity) {
  const auto level = arm_level(cell, arm, quantity);
  if (!level) return "-";
  return quantity.ends_with("_per_s") ? fmt::format("{:.1f}", *level) : format_duration(*level);
}

std::vector<std::string> quantities_shown(const Cell& cell) {
  std::vector<std::string> names{kCpuPerRequest, cell.headline(), "e2e.p95", "requests_per_s"};
  if (cell.asked.mode == Mode::stream) names.insert(names.begin() + 2, kPerChunk);
  return names;
}

/// What is known of the builds: which stacks they are.
std::string builds_text(const Study& study) {
  std::string text;
  for (const auto& [build, version] : study.versions) {
    text += fmt::format("{}: {}\n", build, version);
  }
  return text;
}

std::string comparison_table(const Study& study) {
  std::vector<std::vector<std::string>> rows{
      {"cell", "quantity", "base", "head", "head over base"}};
  for (const auto& cell : study.cells) {
    for (const auto& quantity : quantities_shown(cell)) {
      const auto ratios = restart_ratios(cell.passes, kHead, kBase, quantity);
      const auto ratio = ratios ? estimate_ratio(*ratios, cell.level) : std::nullopt;
      rows.push_back(
          {cell.id, quantity, level_text(cell, kBase, quantity), level_text(cell, kHead, quantity),
           ratio ? fmt::format("{:+.1f} % [{:+.1f}, {:+.1f}]", kPercent * (ratio->value - 1),
                               kPercent * (ratio->low - 1), kPercent * (ratio->high - 1))
                 : "-"});
    }
  }
  const auto& e = study.experiment;
  return fmt::format(
      "\nhead against base, interleaved in each round: {} restarts x {} rounds, seed {}\n"
      "{}, {} CPUs ({})\n{}\n{}",
      e.restarts, e.rounds, e.seed, study.machine.cpu_model, study.machine.cpus,
      study.placement.note, builds_text(study), aligned(rows));
}

Result<Budgets> budgets_of(const CompareOptions& options) {
  if (!options.budget.empty()) return load_budgets(options.budget);
  Budgets budgets;
  constexpr double kBound = 0.02;
  budgets.list.push_back({"*", kCpuPerRequest, Budget::Kind::relative, kBound, "2%"});
  return budgets;
}

}  // namespace

int compare_command(const Program& program, const std::stop_token& stop) {
  const auto& options = program.compare;
  const auto budgets = budgets_of(options);
  if (!budgets) return report_error(budgets.error());
  auto base = build_of(options, "base", options.base);
  if (!base) return report_error(base.error());
  auto head = build_of(options, "head", options.head);
  if (!head) return report_error(head.error());
  const auto folder = make_results_folder(program.output, "compare");
  if (!folder) return report_error(folder.error());
  StudyContext context{*folder / "logs", {}, stop};
  if (!program.quiet) {
    context.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  }
  auto versions = versions_of(options, *base, *head);
  const Builds builds{std::move(*base), std::move(*head), options.workers, std::move(versions)};
  const auto study = compare_builds(program.experiment, builds, context);

  const auto judged = as_read(study, *folder / "run.json");
  auto report = judge_budgets(judged, *budgets);
  std::string table = comparison_table(study) + "\n" + gate_table(report);
  for (const auto& error : study.failures) table += fmt::format("FAILED {}\n", error.to_string());
  if (study.cut_short)
    table += "This run was cut short: what is shown rests on what was complete.\n";
  fmt::print("{}\nResults: {} ({:.0f} s)\n", table, folder->string(), study.took_s);
  const auto record = record_text(record_json(study, program.command_line));
  for (const auto& [file, text] :
       {std::pair{"run.json", record},
        std::pair{"gate.json", gate_json(report, judged).dump(1) + "\n"},
        std::pair{"summary.md", fmt::format("{}\n```\n{}```\n", gate_markdown(report), table)},
        std::pair{"gate-junit.xml", gate_junit(report, judged)}}) {
    if (const auto written = write_file(*folder / file, text); !written) {
      return report_error(written.error());
    }
  }
  if (const auto written = write_reports(record, *folder); !written) {
    return report_error(written.error());
  }
  if (!study.failures.empty()) {
    return options.bisect ? kCannotTest : study.failures.front().exit_code();
  }
  const int code = gate_exit_code(report.verdict);
  return options.bisect && report.verdict == Verdict::no_verdict ? kCannotTest : code;
}

}  // namespace hopcost::overhead
