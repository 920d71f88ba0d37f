#pragma once

#include "overhead/command/measuring_options.hpp"
#include "overhead/command/options.hpp"

namespace hopcost::overhead {

void bind_compare(CLI::App& app, MeasuringFlags& flags, CompareOptions& options);
/// One level, many short repetitions: what a job has time for. An Error where a build is not named,
/// or twice.
Result<void> finish_compare(const MeasuringFlags& flags, Program& program);

}  // namespace hopcost::overhead
