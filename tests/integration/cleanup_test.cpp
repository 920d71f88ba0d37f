#include <algorithm>
#include <filesystem>
#include <signal.h>

#include "common/process.hpp"
#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

/// Starts a run long enough to be interrupted and waits until backend and stack are up.
struct Interrupted {
  explicit Interrupted(const std::vector<std::string>& more = {})
      : program([&] {
          std::vector<std::string> arguments{"/usr/bin/env",
                                             "TMPDIR=" + scratch.path().string(),
                                             (programs() / "overhead").string(),
                                             "run",
                                             "--stack",
                                             "reference",
                                             "--restarts",
                                             "50",
                                             "--quiet",
                                             "--output",
                                             folder.path().string()};
          arguments.insert(arguments.end(), more.begin(), more.end());
          return arguments;
        }()) {
    const bool up = eventually([&] {
      tree = descendants_of(program.pid());
      return has("reference_proxy") && has("mockserver");
    });
    REQUIRE(up);
  }
  /// Whether the temporary folder, which the run has for itself, is empty again.
  [[nodiscard]] bool nothing_scattered() const { return std::filesystem::is_empty(scratch.path()); }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::ranges::any_of(tree, [&](const ProcessInfo& process) {
      return process.command.find("/" + name + " ") != std::string::npos &&
             process.command.find("hopcost_supervisor") == std::string::npos;
    });
  }
  /// Whether every process that was below `overhead` is gone. Its folder marks later ones.
  [[nodiscard]] bool nothing_left() const {
    for (const auto& process : list_processes()) {
      if (process.command.find(folder.path().string()) != std::string::npos) return false;
      for (const auto& known : tree) {
        if (process.pid == known.pid && process.command == known.command) return false;
      }
    }
    return true;
  }
  TemporaryFolder folder;
  TemporaryFolder scratch;
  RunningProgram program;
  std::vector<ProcessInfo> tree;
};

}  // namespace

TEST_CASE("killing overhead with SIGKILL leaves no process and no file behind") {
  Interrupted run;
  run.program.signal(SIGKILL);
  CHECK(run.program.wait() == 128 + SIGKILL);
  CHECK(eventually([&] { return run.nothing_left(); }));
  CHECK(run.nothing_scattered());
}

TEST_CASE("Ctrl-C keeps what was measured and leaves no process behind") {
  Interrupted run;
  run.program.signal(SIGINT);
  const int code = run.program.wait();
  INFO(run.program.err());
  CHECK((code == 0 || code == 2));
  CHECK(run.nothing_left());
  CHECK(run.nothing_scattered());
  const auto record = nlohmann::json::parse(read_file(run.folder.path() / "run.json"));
  CHECK(record["cut_short"] == true);
  CHECK(run.program.out().find("cut short") != std::string::npos);
}

TEST_CASE("Ctrl-C twice ends at once and leaves no process and no file behind") {
  Interrupted run({"--concurrency", "1", "--streaming", "off", "--min-pass", "50ms"});
  const auto file = run.folder.path() / "run.json";
  REQUIRE(eventually([&] { return std::filesystem::exists(file); }, std::chrono::seconds(60)));
  run.program.signal(SIGINT);
  // The second may come before the first was taken note of; it is then sent again.
  const bool ended = eventually([&] {
    run.program.signal(SIGINT);
    return run.program.wait(std::chrono::seconds(0)) >= 0;
  });
  CHECK(ended);
  CHECK(eventually([&] { return run.nothing_left(); }));
  CHECK(run.nothing_scattered());
  const auto record = nlohmann::json::parse(read_file(file));
  CHECK(record["cut_short"] == true);
  CHECK_FALSE(record["cells"][0]["passes"].empty());
}

TEST_CASE("a stack that is killed while it is measured ends the run with an error") {
  Interrupted run;
  for (const auto& process : run.tree) {
    if (process.command.find("/reference_proxy ") != std::string::npos &&
        process.command.find("hopcost_supervisor") == std::string::npos) {
      kill(process.pid, SIGKILL);
    }
  }
  CHECK(run.program.wait() == 69);
  INFO(run.program.out());
  CHECK(run.program.out().find("stack reference") != std::string::npos);
  CHECK(run.nothing_left());
}
