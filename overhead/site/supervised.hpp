#pragma once

#include <csignal>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/error.hpp"

namespace hopcost::overhead {

/// A command to run under a supervisor.
struct Command {
  std::vector<std::string> arguments;                            ///< [0] is looked up on PATH
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to ours
  std::filesystem::path log;                                     ///< standard output and error
  std::filesystem::path folder;                                  ///< working directory; empty: ours
  std::filesystem::path scratch;                                 ///< removed once all has ended
  CpuSet cpus;                                                   ///< empty: anywhere
  int stop_signal = SIGTERM;
  Nanos grace = 5 * kSecond;  ///< from the stop signal to SIGKILL
};

inline constexpr std::size_t kTailLines = 12;
/// The last lines of a log, each behind "  | "; empty where it has none.
[[nodiscard]] std::string tail_of(const std::filesystem::path& log, std::size_t lines = kTailLines);

/// A process tree that cannot outlive this object, nor this program however it ends: it runs under
/// hopcost_supervisor, which holds the other end of a pipe of ours. Movable; the destructor stops
/// it and waits until it is gone.
class SupervisedProcess {
 public:
  [[nodiscard]] static Result<SupervisedProcess> start(const Command& command);
  SupervisedProcess(SupervisedProcess&& other) noexcept;
  SupervisedProcess& operator=(SupervisedProcess&& other) noexcept;
  ~SupervisedProcess();

  /// The root of the process tree; the tree proper is below it.
  [[nodiscard]] pid_t supervisor() const { return supervisor_; }
  /// The command's exit code once it and all its descendants have ended.
  [[nodiscard]] std::optional<int> ended();
  /// Waits until it has ended, but no longer than that.
  [[nodiscard]] std::optional<int> wait(Nanos limit);
  /// Asks it to stop, kills what does not, and waits.
  void stop();
  /// The last lines it wrote.
  [[nodiscard]] std::string log_tail(std::size_t lines = kTailLines) const;

 private:
  SupervisedProcess(pid_t supervisor, int pipe, std::filesystem::path log)
      : supervisor_(supervisor), pipe_(pipe), log_(std::move(log)) {}

  pid_t supervisor_ = -1;
  int pipe_ = -1;
  std::filesystem::path log_;
  std::optional<int> code_;
};

/// What a command that ends by itself did.
struct Ended {
  std::optional<int> code;  ///< nothing: it took too long or was to stop, and was stopped
  std::string output;       ///< standard output and error
};
/// Runs it under a supervisor, with a log of its own where it has none.
[[nodiscard]] Result<Ended> run_to_end(Command command, Nanos limit,
                                       const std::stop_token& stop = {});

}  // namespace hopcost::overhead
