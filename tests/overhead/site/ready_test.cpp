#include "overhead/site/ready.hpp"

#include "common/http_client.hpp"
#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;

namespace {

/// A shell that nobody can connect to.
Result<SupervisedProcess> shell(const TemporaryFolder& folder, const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.log = folder.path() / "log";
  return SupervisedProcess::start(command);
}

ReadyCheck check_of_nobody() {
  ReadyCheck check;
  check.api.address = {"127.0.0.1", *find_free_port("127.0.0.1")};
  check.path = "/health";
  check.timeout = 60 * kSecond;
  check.what = "stack x";
  return check;
}

}  // namespace

TEST_CASE("a process that sits idle and never answers is given up long before its time is over") {
  const TemporaryFolder folder;
  auto process = shell(folder, "echo gave up; exec sleep 600");
  REQUIRE(process);
  auto check = check_of_nobody();
  check.idle_limit = kSecond;
  const Nanos began = now_ns();
  const auto ready = wait_until_ready(*process, check);
  CHECK(now_ns() - began < check.timeout);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().to_string().starts_with("stack x: not ready, and idle for 1s: "));
  CHECK(ready.error().message.find("  | gave up") != std::string::npos);
}

TEST_CASE("a process that is busy is waited for until its time is over") {
  const TemporaryFolder folder;
  auto process = shell(folder, "while :; do :; done");
  REQUIRE(process);
  auto check = check_of_nobody();
  check.idle_limit = 500 * kMillisecond;
  check.timeout = 2 * kSecond;
  const auto ready = wait_until_ready(*process, check);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().message.starts_with("not ready within 2s"));
}

TEST_CASE("a process that ends is told with its exit code") {
  const TemporaryFolder folder;
  auto process = shell(folder, "exit 3");
  REQUIRE(process);
  const auto ready = wait_until_ready(*process, check_of_nobody());
  REQUIRE_FALSE(ready);
  CHECK(ready.error().message.find("exit code 3") != std::string::npos);
}

TEST_CASE("at rest is when a process has stopped working, and no later than the limit") {
  const TemporaryFolder folder;
  const auto done = folder.path() / "done";
  // Works for a while, then sleeps.
  auto process = shell(folder, "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; touch " +
                                   done.string() + "; exec sleep 600");
  REQUIRE(process);
  wait_until_at_rest(*process, 60 * kSecond);
  CHECK(std::filesystem::exists(done));
  auto busy = shell(folder, "while :; do :; done");
  REQUIRE(busy);
  const Nanos began = now_ns();
  wait_until_at_rest(*busy, kSecond);
  CHECK(now_ns() - began >= kSecond);
}
