#pragma once

#include <filesystem>
#include <stop_token>

#include "overhead/command/options.hpp"
#include "overhead/gate/gate.hpp"

namespace hopcost::overhead {

// Each subcommand prints its table on standard output, writes its results folder, and returns the
// exit code: 0 measured, 2 no verdict, 64 usage, 69 something did not come up, 74 a file cannot be
// written.

[[nodiscard]] int run_command(const Program& program, const std::stop_token& stop);
/// Lists, installs, or checks; of a check 0 when every stack came up and was asked, whatever it
/// changes.
[[nodiscard]] int stacks_command(const Program& program, const std::stop_token& stop);
/// 0 pass, 1 fail, 2 no verdict.
[[nodiscard]] int gate_command(const Program& program);
/// The same; with --bisect no verdict, and a build that does not come up, are 125.
[[nodiscard]] int compare_command(const Program& program, const std::stop_token& stop);
/// 0 pass, 1 fail, 2 no verdict.
[[nodiscard]] int gate_exit_code(Verdict verdict);
/// What `git bisect run` takes for "this commit cannot be tested".
inline constexpr int kCannotTest = 125;
/// What this machine can tell apart, and what to change; 0 unless it cannot be measured.
[[nodiscard]] int doctor_command(const std::stop_token& stop);
/// 0 nothing is slower, 1 something is, 2 it cannot be told.
[[nodiscard]] int micro_command(const Program& program);
/// Every file that is made of run.json, made again.
[[nodiscard]] int report_command(const Program& program);
[[nodiscard]] int calibrate_command(const Program& program, const std::stop_token& stop);

/// 0 every workload was sent and its figures count, 2 those of one do not, 130 stopped.
[[nodiscard]] int run_only_command(const Program& program, const std::stop_token& stop);

/// Lists, or installs; 69 where one cannot be.
[[nodiscard]] int harnesses_command(const Program& program);
/// Prints "setup" and "run" lines, their values NAME=VALUE behind tabs.
[[nodiscard]] int design_command(const Program& program);

/// What runs of hopcost in a namespace, and what keeps the rest from it; 69 where something does.
[[nodiscard]] int cluster_command(const Program& program, const std::stop_token& stop);
/// In a pod: what the containers beside this one use, as JSON.
[[nodiscard]] int meter_command(const Program& program);

/// What `overhead run` does, anew and into that folder.
[[nodiscard]] int run_into(const std::filesystem::path& folder, const Program& program,
                           const std::stop_token& stop);
/// A run made again, here: 0 reproduced, 1 differs, 2 cannot tell.
[[nodiscard]] int reproduce_command(const Program& program, const std::stop_token& stop);

/// Prints "overhead: <error>" on standard error and returns the error's exit code.
int report_error(const Error& error);

/// Makes the results folder with its logs folder: `asked`, or results/<name>-<UTC time>.
[[nodiscard]] Result<std::filesystem::path> make_results_folder(const std::string& asked,
                                                                const std::string& name);

}  // namespace hopcost::overhead
