#include <filesystem>

#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/doctor/doctor.hpp"
#include "overhead/measure/calibration.hpp"
#include "overhead/site/standup.hpp"

namespace hopcost::overhead {
namespace {

/// The noise floor of a few short runs of the backend against itself.
Result<double> noise_floor(const std::stop_token& stop) {
  const auto logs = make_scratch_folder();
  if (!logs) return std::unexpected(logs.error());
  CalibrateOptions options;
  options.buffering = false;
  options.restarts = 0;
  options.null_intervals = 3;
  const auto calibration = calibrate(options, {*logs, {}, stop});
  std::error_code ignored;
  std::filesystem::remove_all(*logs, ignored);
  if (!calibration) return std::unexpected(calibration.error());
  std::vector<double> floors;
  for (const auto& null : calibration->null_intervals) floors.push_back(null.largest_end());
  if (floors.empty()) return fail(ErrorCode::protocol, "no interval came about", "noise floor");
  return median(floors);
}

}  // namespace

int doctor_command(const std::stop_token& stop) {
  auto state = look_at_machine();
  const auto floor = noise_floor(stop);
  if (floor) state.noise_floor_ns = *floor;
  const int code = floor ? 0 : report_error(floor.error());
  fmt::print("{}, kernel {}\n\n", state.facts.cpu_model, state.facts.kernel);
  for (const auto& finding : findings_of(state)) {
    fmt::print("{} {:<18} {}\n", finding.good ? ' ' : '!', finding.topic, finding.found);
    if (!finding.good) fmt::print("  {:<18} -> {}\n", "", finding.advice);
  }
  return code;
}

}  // namespace hopcost::overhead
