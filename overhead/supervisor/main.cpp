// hopcost_supervisor: runs one command and sees to it that nothing of it is left.
//
//   hopcost_supervisor --log FILE --grace MS --signal N [--cpus LIST] [--dir DIR] [--scratch DIR]
//                      -- COMMAND ARGS...
//
// File descriptor 3 is the reading end of a pipe whose other end our parent holds. When it closes
// (the parent stopped us, crashed or was killed), the command's process group gets the signal,
// after the grace time SIGKILL, and so does every process that escaped the group: we are the
// subreaper of them all. Once no descendant is alive the scratch folder is removed, and we exit
// with the command's status (128 + N after signal N).

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/process.hpp"

namespace {

using namespace hopcost;

constexpr int kParentPipe = 3;
constexpr int kUsage = 64;
constexpr int kCannotRun = 127;

struct Arguments {
  std::string log = "/dev/null";
  std::string cpus;
  std::string folder;
  std::string scratch;
  Nanos grace = 5 * kSecond;
  int stop_signal = SIGTERM;
  std::vector<char*> command;
};

bool parse(int argc, char** argv, Arguments& arguments) {
  int i = 1;
  for (; i + 1 < argc && std::string_view(argv[i]) != "--"; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--log") {
      arguments.log = value;
    } else if (name == "--cpus") {
      arguments.cpus = value;
    } else if (name == "--dir") {
      arguments.folder = value;
    } else if (name == "--scratch") {
      arguments.scratch = value;
    } else if (name == "--grace") {
      arguments.grace = std::atol(value) * kMillisecond;
    } else if (name == "--signal") {
      arguments.stop_signal = std::atoi(value);
    } else {
      return false;
    }
  }
  for (++i; i < argc; ++i) arguments.command.push_back(argv[i]);
  arguments.command.push_back(nullptr);
  return arguments.command.size() > 1;
}

[[noreturn]] void become_command(const Arguments& arguments) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!arguments.cpus.empty()) {
    const auto cpus = parse_cpu_list(arguments.cpus);
    const auto pinned = cpus ? pin_current_thread(*cpus) : Result<void>{};
    if (!cpus || !pinned) {
      fmt::print(stderr, "cannot run on CPUs {}\n", arguments.cpus);
      std::_Exit(kCannotRun);
    }
  }
  if (!arguments.folder.empty() && chdir(arguments.folder.c_str()) != 0) {
    fmt::print(stderr, "{}: {}\n", arguments.folder, std::strerror(errno));
    std::_Exit(kCannotRun);
  }
  close(kParentPipe);
  execvp(arguments.command[0], arguments.command.data());
  fmt::print(stderr, "{}: {}\n", arguments.command[0], std::strerror(errno));
  std::fflush(stderr);
  std::_Exit(kCannotRun);
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Reaps whatever has ended. True while a descendant is alive; `code` is set when the command
/// ended.
bool reap(pid_t command, int& code, bool& command_ended) {
  while (true) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid == 0) return true;
    if (pid < 0) {
      if (errno == EINTR) continue;
      return false;  // no children at all
    }
    if (pid == command) {
      code = exit_code(status);
      command_ended = true;
    }
  }
}

void signal_everything(pid_t group, int number) {
  kill(-group, number);
  for (const auto& process : descendants_of(getpid())) kill(process.pid, number);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    fmt::print(stderr, "hopcost_supervisor: started by overhead, not by hand\n");
    return kUsage;
  }
  setsid();  // Ctrl-C in a terminal must reach our parent only
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  close_range(kParentPipe + 1, ~0U, 0);
  fcntl(kParentPipe, F_SETFD, FD_CLOEXEC);
  const int log = open(arguments.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (log < 0 || nothing < 0) return kCannotRun;
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);

  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&watched, number);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  const int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);

  const pid_t command = fork();
  if (command < 0) return kCannotRun;
  if (command == 0) become_command(arguments);
  setpgid(command, command);

  int code = 0;
  bool command_ended = false;
  bool stopping = false;
  Nanos kill_at = 0;
  while (reap(command, code, command_ended)) {
    if (command_ended && !stopping) {  // it ended by itself: what it left behind goes too
      stopping = true;
      kill_at = now_ns() + arguments.grace;
      signal_everything(command, arguments.stop_signal);
      continue;
    }
    int timeout_ms = -1;
    if (stopping) {
      const Nanos left = kill_at - now_ns();
      if (left <= 0) signal_everything(command, SIGKILL);
      timeout_ms = left <= 0 ? 10 : static_cast<int>(left / kMillisecond) + 1;
    }
    pollfd waits[2] = {{signals, POLLIN, 0}, {stopping ? -1 : kParentPipe, POLLIN, 0}};
    if (poll(waits, 2, timeout_ms) < 0 && errno != EINTR) break;
    bool told = waits[1].revents != 0;
    for (signalfd_siginfo info{}; read(signals, &info, sizeof info) == sizeof info;) {
      told = told || info.ssi_signo != static_cast<unsigned>(SIGCHLD);
    }
    if (told && !stopping) {
      stopping = true;
      kill_at = now_ns() + arguments.grace;
      kill(-command, arguments.stop_signal);
    }
  }
  std::error_code ignored;
  if (!arguments.scratch.empty()) std::filesystem::remove_all(arguments.scratch, ignored);
  return code;
}
