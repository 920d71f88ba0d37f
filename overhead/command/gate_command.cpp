#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/command/commands.hpp"
#include "overhead/gate/gate_text.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {
int gate_exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return 0;
    case Verdict::fail:
      return 1;
    case Verdict::no_verdict:
      break;
  }
  return 2;
}

int gate_command(const Program& program) {
  const auto& options = program.gate;
  const auto budgets = load_budgets(options.budget);
  if (!budgets) return report_error(budgets.error());
  const auto study = read_study(options.run);
  if (!study) return report_error(study.error());
  std::optional<ReadStudy> stored;
  if (!options.stored.empty()) {
    auto read = read_study(options.stored);
    if (!read) return report_error(read.error());
    stored = std::move(*read);
  }
  const auto report = judge_budgets(*study, *budgets, stored ? &*stored : nullptr);
  fmt::print("{}", options.explain ? gate_explanation(report) : gate_table(report));
  for (const auto& failure : study->failures) fmt::print("FAILED {}\n", failure);
  const std::filesystem::path folder =
      program.output.empty() ? study->file.parent_path() : std::filesystem::path(program.output);
  std::error_code ignored;  // where it cannot be made, nothing can be written into it either
  std::filesystem::create_directories(folder, ignored);
  for (const auto& [file, text] : {std::pair{"gate.json", gate_json(report, *study).dump(1) + "\n"},
                                   std::pair{"gate.md", gate_markdown(report)},
                                   std::pair{"gate-junit.xml", gate_junit(report, *study)}}) {
    if (const auto written = write_file(folder / file, text); !written) {
      return report_error(written.error());
    }
  }
  return gate_exit_code(report.verdict);
}

}  // namespace hopcost::overhead
