#include "overhead/site/supervised.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <map>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/folders.hpp"

namespace hopcost::overhead {
namespace {

constexpr int kSupervisorPipe = 3;

std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) all[text.substr(0, equals)] = text.substr(equals + 1);
  }
  all["PATH"] += ":/usr/sbin:/sbin";  // where Debian keeps servers, not always on a user's PATH
  for (const auto& [name, value] : added) all[name] = value;
  std::vector<std::string> list;
  for (const auto& [name, value] : all) list.push_back(fmt::format("{}={}", name, value));
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

Result<SupervisedProcess> SupervisedProcess::start(const Command& command) {
  std::vector<std::string> arguments{
      (program_folder() / "hopcost_supervisor").string(),
      "--log",
      command.log.string(),
      "--grace",
      std::to_string(command.grace / kMillisecond),
      "--signal",
      std::to_string(command.stop_signal),
  };
  if (!command.cpus.empty()) {
    arguments.insert(arguments.end(), {"--cpus", cpu_list_text(command.cpus)});
  }
  if (!command.folder.empty()) {
    arguments.insert(arguments.end(), {"--dir", command.folder.string()});
  }
  if (!command.scratch.empty()) {
    arguments.insert(arguments.end(), {"--scratch", command.scratch.string()});
  }
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  auto environment = merged_environment(command.environment);

  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::io, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  // dup2 onto itself would keep the close-on-exec flag.
  if (ends[0] == kSupervisorPipe) {
    ends[0] = fcntl(ends[0], F_DUPFD_CLOEXEC, kSupervisorPipe + 1);
    close(kSupervisorPipe);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], kSupervisorPipe);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, arguments[0].c_str(), &actions, nullptr,
                                 pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[0]);
  if (failed != 0) {
    close(ends[1]);
    return fail(ErrorCode::io,
                fmt::format("cannot start {}: {}", arguments[0], std::strerror(failed)));
  }
  return SupervisedProcess(pid, ends[1], command.log);
}

SupervisedProcess::SupervisedProcess(SupervisedProcess&& other) noexcept
    : supervisor_(std::exchange(other.supervisor_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      log_(std::move(other.log_)),
      code_(other.code_) {}

SupervisedProcess& SupervisedProcess::operator=(SupervisedProcess&& other) noexcept {
  if (this != &other) {
    stop();
    supervisor_ = std::exchange(other.supervisor_, -1);
    pipe_ = std::exchange(other.pipe_, -1);
    log_ = std::move(other.log_);
    code_ = other.code_;
  }
  return *this;
}

SupervisedProcess::~SupervisedProcess() {
  stop();
}

std::optional<int> SupervisedProcess::ended() {
  if (code_ || supervisor_ < 0) return code_;
  int status = 0;
  if (waitpid(supervisor_, &status, WNOHANG) == supervisor_) {
    code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return code_;
}

std::optional<int> SupervisedProcess::wait(Nanos limit) {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, supervisor_, 0));
  if (process < 0) return ended();
  const Nanos deadline = now_ns() + limit;
  pollfd waits{process, POLLIN, 0};
  for (Nanos left = limit; left > 0 && waits.revents == 0; left = deadline - now_ns()) {
    poll(&waits, 1, static_cast<int>(left / kMillisecond) + 1);
  }
  close(process);
  return ended();
}

void SupervisedProcess::stop() {
  if (pipe_ >= 0) close(std::exchange(pipe_, -1));
  if (supervisor_ < 0 || code_) return;
  int status = 0;
  while (waitpid(supervisor_, &status, 0) < 0 && errno == EINTR) {
  }
  code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string tail_of(const std::filesystem::path& log, std::size_t lines) {
  std::ifstream file(log);
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(std::move(line));
    if (last.size() > lines) last.pop_front();
  }
  std::string text;
  for (const auto& line : last) text += fmt::format("  | {}\n", line);
  return text;
}

std::string SupervisedProcess::log_tail(std::size_t lines) const {
  const auto text = tail_of(log_, lines);
  return text.empty() ? "  | (it wrote nothing)\n" : text;
}

Result<Ended> run_to_end(Command command, Nanos limit, const std::stop_token& stop) {
  std::string log = command.log.string();
  const bool kept = !log.empty();
  if (!kept) {
    log = (std::filesystem::temp_directory_path() / "hopcost-output-XXXXXX").string();
    const int fd = mkstemp(log.data());
    if (fd < 0) return fail(ErrorCode::io, "a temporary file cannot be made", log);
    close(fd);
    command.log = log;
  }
  auto process = SupervisedProcess::start(command);
  if (!process) return std::unexpected(process.error());
  Ended ended;
  constexpr Nanos kLook = 200 * kMillisecond;  // whether it is to stop
  const Nanos deadline = now_ns() + limit;
  for (Nanos left = limit; !ended.code && left > 0 && !stop.stop_requested();
       left = deadline - now_ns()) {
    ended.code = process->wait(std::min(kLook, left));
  }
  process->stop();
  std::ifstream file(log, std::ios::binary);
  ended.output.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  std::error_code ignored;
  if (!kept) std::filesystem::remove(log, ignored);
  return ended;
}

}  // namespace hopcost::overhead
