#include "common/child.hpp"

#include <cerrno>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>

#include <fmt/format.h>

namespace hopcost {

Result<void> run_child(const std::vector<std::string>& command) {
  auto words = command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (failed != 0) return fail(ErrorCode::unreachable, std::strerror(failed), command[0]);
  int status = 0;
  while (waitpid(child, &status, 0) != child) {
    if (errno != EINTR) return fail(ErrorCode::unreachable, std::strerror(errno), command[0]);
  }
  if (status == 0) return {};
  return fail(ErrorCode::unreachable,
              WIFEXITED(status) ? fmt::format("exit {}", WEXITSTATUS(status)) : "was ended",
              command[0]);
}

}  // namespace hopcost
