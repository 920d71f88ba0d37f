#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/version_text.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/measure/calibration.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {

nlohmann::json to_json(const Calibration& calibration) {
  using nlohmann::json;
  json rows = json::array();
  for (const auto& row : calibration.rows) {
    rows.push_back({{"asked_ns", row.asked_ns},
                    {"truth_ns", row.truth_ns},
                    {"recovered", row.recovered ? to_json(*row.recovered) : json(nullptr)},
                    {"error_ns", row.error_ns()},
                    {"allowed_ns", row.allowed_ns()},
                    {"verdict", row.undecided() ? "no verdict"
                                : row.passed()  ? "pass"
                                                : "fail"}});
  }
  json nulls = json::array();
  for (const auto& null : calibration.null_intervals) nulls.push_back(to_json(null));
  return {{"schema", "hopcost.calibration/1"},
          {"hopcost", version_text()},
          {"seed", calibration.seed},
          {"cpu", calibration.machine.cpu_model},
          {"cpus", calibration.machine.cpus},
          {"placement", calibration.placement.note},
          {"delays", rows},
          {"null", calibration.null ? to_json(*calibration.null) : json(nullptr)},
          {"repeated_pairs", calibration.repeated_pairs},
          {"null_intervals", nulls},
          {"null_intervals_excluding_zero", calibration.nulls_excluding_zero}};
}

int calibrate_command(const Program& program, const std::stop_token& stop) {
  constexpr int kFail = 1;
  constexpr int kNoVerdict = 2;
  const auto folder = make_results_folder(program.output, "calibration");
  if (!folder) return report_error(folder.error());
  StudyContext context{*folder / "logs", {}, stop};
  if (!program.quiet) {
    context.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  }
  const auto calibration = calibrate(program.calibrate, context);
  if (!calibration) return report_error(calibration.error());
  fmt::print("{}\nResults: {}\n", calibration_table(*calibration), folder->string());
  if (const auto written =
          write_file(*folder / "calibration.json", to_json(*calibration).dump(1) + "\n");
      !written) {
    return report_error(written.error());
  }
  const auto& rows = calibration->rows;
  if (std::ranges::any_of(rows, [](const DelayRow& r) { return !r.undecided() && !r.passed(); })) {
    return kFail;
  }
  return std::ranges::any_of(rows, &DelayRow::undecided) ? kNoVerdict : 0;
}

}  // namespace hopcost::overhead
