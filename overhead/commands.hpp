#pragma once

#include <stop_token>

#include "overhead/options.hpp"

namespace hopcost::overhead {

// Each subcommand prints its table on standard output, writes its results folder, and returns the
// exit code: 0 measured, 2 no verdict, 64 usage, 69 something did not come up, 74 a file cannot be
// written.

[[nodiscard]] int run_command(const Program& program, const std::stop_token& stop);
[[nodiscard]] int stacks_command();
/// 0 pass, 1 fail, 2 no verdict.
[[nodiscard]] int gate_command(const Program& program);
[[nodiscard]] int calibrate_command(const Program& program, const std::stop_token& stop);

/// Prints "overhead: <error>" on standard error and returns the error's exit code.
int report_error(const Error& error);

/// Makes the results folder with its logs folder: `asked`, or results/<name>-<UTC time>.
[[nodiscard]] Result<std::filesystem::path> make_results_folder(const std::string& asked,
                                                                const std::string& name);

}  // namespace hopcost::overhead
