#include "tests/support/program.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace hopcost::test {
namespace {

namespace fs = std::filesystem;

fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run by ctest");
  return value;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "hopcost-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return (path_ / name).string();
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path programs() {
  return from_environment("HOPCOST_BIN");
}
fs::path source() {
  return HOPCOST_SOURCE;
}

RunningProgram::RunningProgram(std::vector<std::string> arguments) {
  arguments[0] = (programs() / arguments[0]).string();
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string out = (folder_.path() / "out").string();
  const std::string err = (folder_.path() / "err").string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), kWrite, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), kWrite, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, source().c_str());
  const int failed =
      posix_spawn(&pid_, arguments[0].c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

RunningProgram::~RunningProgram() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RunningProgram::signal(int number) const {
  kill(pid_, number);
}

int RunningProgram::wait(std::chrono::seconds limit) {
  int status = 0;
  ended_ = ended_ || eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }, limit);
  if (!ended_) return -1;
  if (code_ < 0) code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return code_;
}

std::string RunningProgram::wait_for_line(const std::string& text) {
  std::string rest;
  const bool found = eventually([&] {
    std::istringstream lines(out());
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
      if (!line.starts_with(text)) continue;
      rest = line.substr(text.size());
      return true;
    }
    return false;
  });
  if (!found) throw std::runtime_error("no line '" + text + "' came; standard error: " + err());
  return rest;
}

std::string RunningProgram::out() const {
  return read_file(folder_.path() / "out");
}
std::string RunningProgram::err() const {
  return read_file(folder_.path() / "err");
}

Outcome run_program(std::vector<std::string> arguments) {
  RunningProgram program(std::move(arguments));
  const int code = program.wait(std::chrono::seconds(240));
  return {code, program.out(), program.err()};
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // other programs: no event to await
  }
  return true;
}

}  // namespace hopcost::test
