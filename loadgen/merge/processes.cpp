#include "loadgen/merge/processes.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/descriptor.hpp"
#include "common/stop_signal.hpp"
#include "loadgen/run.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::json;

struct Child {
  pid_t pid = -1;
  Descriptor out;
};

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written <= 0) ::_exit(1);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65'536> buffer{};
  ::lseek(fd, 0, SEEK_SET);
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// In the child: runs its share, says what it gave, and ends.
[[noreturn]] void be_share(const Options& options, int fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const StopOnSignal signals;
  const auto result = run(options, signals.token());
  const Json said = result ? Json{{"result", to_json(*result)}}
                           : Json{{"error",
                                   {{"code", static_cast<int>(result.error().code)},
                                    {"message", result.error().message},
                                    {"where", result.error().where}}}};
  write_all(fd, said.dump(-1, ' ', false, Json::error_handler_t::replace));
  ::_exit(0);
}

Result<RunResult> result_of(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  const auto said = Json::parse(read_all(child.out.get()), nullptr, false);
  if (!said.is_object()) {
    return fail(ErrorCode::io, fmt::format("process {} ended without a result", child.pid));
  }
  if (said.contains("result")) return result_from_json(said["result"]);
  const auto& error = said["error"];
  return fail(static_cast<ErrorCode>(error["code"].get<int>()), error["message"].get<std::string>(),
              error["where"].get<std::string>());
}

}  // namespace

Result<RunResult> run_processes(const Options& options, int processes) {
  // Time enough for every process to open its connections one after another.
  constexpr Nanos kLead = 500 * kMillisecond;
  constexpr Nanos kPerConnection = 2 * kMillisecond;
  const Nanos start_at = epoch_now_ns() + kLead + options.connections() * kPerConnection;
  std::vector<Child> children;
  for (int share = 0; share < processes; ++share) {
    Child child;
    child.out = Descriptor(::memfd_create("share", MFD_CLOEXEC));
    if (child.out.get() < 0) return fail(ErrorCode::io, "no memory for a process's result");
    auto own = options;
    own.share = share;
    own.shares = processes;
    own.start_at = start_at;
    child.pid = ::fork();
    if (child.pid == 0) be_share(own, child.out.get());
    if (child.pid < 0) {
      for (const auto& other : children) ::kill(other.pid, SIGKILL);
      for (const auto& other : children) static_cast<void>(result_of(other));
      return fail(ErrorCode::io, "cannot start another process");
    }
    children.push_back(std::move(child));
  }
  const StopOnSignal signals;
  const std::stop_callback forward(signals.token(), [&children] {
    for (const auto& child : children) ::kill(child.pid, SIGINT);
  });
  Result<RunResult> total = RunResult();
  for (const auto& child : children) {
    const auto share = result_of(child);
    if (!share && total) total = std::unexpected(share.error());
    if (share && total) total->merge(*share);
  }
  return total;
}

}  // namespace hopcost::loadgen
