#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/command/commands.hpp"
#include "overhead/output/calibration_text.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {

int calibrate_command(const Program& program, const std::stop_token& stop) {
  const auto folder = make_results_folder(program.output, "calibration");
  if (!folder) return report_error(folder.error());
  StudyContext context{*folder / "logs", {}, stop};
  if (!program.quiet) {
    context.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  }
  const auto calibration = calibrate(program.calibrate, context);
  if (!calibration) return report_error(calibration.error());
  const auto table = calibration_table(*calibration);
  fmt::print("{}\nResults: {}\n", table, folder->string());
  for (const auto& [file, text] :
       {std::pair{"calibration.json", calibration_json(*calibration).dump(1) + "\n"},
        std::pair{"calibration.txt", table}}) {
    if (const auto written = write_file(*folder / file, text); !written) {
      return report_error(written.error());
    }
  }
  return gate_exit_code(calibration->verdict());
}

}  // namespace hopcost::overhead
