#include "overhead/site/supervised.hpp"

#include "common/process.hpp"
#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::eventually;
using hopcost::test::TemporaryFolder;

namespace {

Command shell(const TemporaryFolder& folder, const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.log = folder.path() / "log";
  command.grace = 300 * kMillisecond;
  return command;
}

bool any_runs(const std::string& mark) {
  for (const auto& process : list_processes()) {
    if (process.command.find(mark) != std::string::npos &&
        process.command.find("hopcost_supervisor") == std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a command's exit code and last lines come back") {
  const TemporaryFolder folder;
  auto process = SupervisedProcess::start(shell(folder, "echo one; echo two >&2; exit 7"));
  REQUIRE(process);
  REQUIRE(eventually([&] { return process->ended().has_value(); }));
  CHECK(process->ended() == 7);
  CHECK(process->log_tail() == "  | one\n  | two\n");
}

TEST_CASE("a command that cannot be run says so") {
  const TemporaryFolder folder;
  Command command;
  command.arguments = {"/no/such/program"};
  command.log = folder.path() / "log";
  auto process = SupervisedProcess::start(command);
  REQUIRE(process);
  REQUIRE(eventually([&] { return process->ended().has_value(); }));
  CHECK(process->ended() == 127);
  CHECK(process->log_tail().find("No such file") != std::string::npos);
}

TEST_CASE("stopping ends children, deaf children and those that left the group") {
  const TemporaryFolder folder;
  // Unique lengths of sleep mark our processes.
  auto process = SupervisedProcess::start(
      shell(folder,
            "sleep 31415.1 & setsid sleep 31415.2 & "
            "(trap '' TERM; while :; do sleep 31415.3; done) & echo ready; wait"));
  REQUIRE(process);
  REQUIRE(eventually([&] {
    return any_runs("sleep 31415.1") && any_runs("sleep 31415.2") && any_runs("sleep 31415.3");
  }));
  process->stop();
  CHECK_FALSE(any_runs("sleep 31415."));
}

TEST_CASE("what a command leaves behind when it ends goes too") {
  const TemporaryFolder folder;
  auto process = SupervisedProcess::start(shell(folder, "setsid sleep 27182.8 & exit 3"));
  REQUIRE(process);
  REQUIRE(eventually([&] { return process->ended().has_value(); }));
  CHECK(process->ended() == 3);
  CHECK_FALSE(any_runs("sleep 27182.8"));
}

TEST_CASE("destroying the object stops the tree") {
  const TemporaryFolder folder;
  {
    auto process = SupervisedProcess::start(shell(folder, "sleep 16180.3 & wait"));
    REQUIRE(process);
    REQUIRE(eventually([] { return any_runs("sleep 16180.3"); }));
  }
  CHECK_FALSE(any_runs("sleep 16180.3"));
}

TEST_CASE("a supervised command does not inherit our files") {
  const TemporaryFolder folder;
  auto first = SupervisedProcess::start(shell(folder, "sleep 14142.1"));
  REQUIRE(first);
  auto second = SupervisedProcess::start(shell(folder, "ls -l /proc/self/fd; echo end"));
  REQUIRE(second);
  REQUIRE(eventually([&] { return second->ended().has_value(); }));
  // Were the second to hold the first's pipe, the first would outlive us.
  CHECK(second->log_tail(30).find("pipe:") == std::string::npos);
}
