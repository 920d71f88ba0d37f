// `overhead stacks` with what is always there: our own proxy, and nginx where it is installed.

#include <csignal>

#include "common/process.hpp"
#include "tests/integration/mock_and_load.hpp"
#include "tests/integration/stack_check.hpp"

using namespace hopcost::test;

TEST_CASE("the reference proxy is checked and changes nothing") {
  const StackCheck check("reference", 2);
  check_transparent(check);
  INFO(check.outcome.out);
  REQUIRE(check.stack["requests"].size() == 9);
  for (const auto& probe : check.stack["requests"]) {
    INFO(probe.dump());
    CHECK(probe["changes"].empty());
    CHECK(probe["direct_status"] == probe["stack_status"]);
    CHECK(probe["upstream_requests"] == 1);
  }
  CHECK(check.outcome.out.find("upstream 429") != std::string::npos);
}

TEST_CASE("a proxy that buffers is told by its check") {
  const TemporaryFolder folder;
  const StackCheck check(proxy_manifest(folder, "holding", ", --buffer"));
  INFO(check.outcome.out << check.outcome.err);
  REQUIRE(check.outcome.code == 0);
  CHECK(check.change("stream", "merged"));
  CHECK(check.load(1)["events_per_read"].get<double>() > 6);  // of 12
}

TEST_CASE("nginx by default merges a stream and opens connections, nginx tuned does neither") {
  if (skipped("nginx")) return;
  const StackCheck tuned("nginx", 2);
  check_transparent(tuned);
  CHECK_FALSE(tuned.change("stream", "merged"));
  CHECK(tuned.load(0)["connections_per_request"].get<double>() < 0.5);
  const StackCheck stock("nginx-default", 2);
  check_transparent(stock);
  CHECK(stock.change("stream", "merged"));
  CHECK(stock.load(0)["connections_per_request"].get<double>() > 0.9);
}

TEST_CASE("a stack that does not come up is told, and those after it are checked") {
  const TemporaryFolder folder;
  const auto broken = folder.write("broken.yaml",
                                   "name: broken\nsummary: ends at once\ncommand: [\"false\"]\n"
                                   "ready: {path: /, timeout: 5s}\n");
  const auto outcome = run_program({"overhead", "stacks", "--check", broken + ",reference"});
  CHECK(outcome.code == 69);
  CHECK(outcome.err.find("stack broken") != std::string::npos);
  CHECK(outcome.out.find("reference") != std::string::npos);
}

TEST_CASE("a stack that is started stays up until it is stopped, and leaves nothing") {
  RunningProgram up({"overhead", "stacks", "--start", "reference", "--workers", "2"});
  const auto backend = up.wait_for_line("backend ");
  const auto stack = up.wait_for_line("stack ");
  CHECK(up.wait_for_line("model ") == "mock-model");
  up.wait_for_line("ready");
  for (const auto& url : {backend, stack}) {
    INFO(url);
    const auto load = run_program({"loadgen", url, "--concurrency", "2", "--duration", "200ms"});
    INFO(load.out << load.err);
    CHECK(load.code == 0);
  }
  const auto tree = hopcost::descendants_of(up.pid());
  CHECK_FALSE(tree.empty());
  up.signal(SIGINT);
  CHECK(up.wait() == 0);
  for (const auto& process : hopcost::list_processes()) {
    for (const auto& known : tree) {
      CHECK_FALSE((process.pid == known.pid && process.command == known.command));
    }
  }
}

TEST_CASE("a stack whose clients need a key takes it from the environment, and does not show it") {
  const TemporaryFolder folder;
  const auto manifest = folder.write(
      "locked.yaml",
      "name: locked\nsummary: the reference proxy, with a key\n"
      "command: [\"{bin}/reference_proxy\", --listen, \"127.0.0.1:{port}\", --backend, "
      "\"{backend_url}\"]\n"
      "ready: {path: /__reference/health}\nheaders: {authorization: \"Bearer sk-{key}\"}\n");
  const auto without = run_program({"overhead", "stacks", "--start", manifest});
  CHECK(without.code == 64);
  CHECK(without.err.find("HOPCOST_STACK_KEY") != std::string::npos);
  RunningProgram up({"/usr/bin/env", "HOPCOST_STACK_KEY=a-secret",
                     (programs() / "overhead").string(), "stacks", "--start", manifest});
  CHECK(up.wait_for_line("header ") == "authorization: Bearer sk-$HOPCOST_STACK_KEY");
  up.wait_for_line("ready");
  CHECK(up.out().find("a-secret") == std::string::npos);
  up.signal(SIGTERM);
  CHECK(up.wait() == 0);
}

TEST_CASE("stacks: what is missing or makes no sense is one sentence") {
  const auto says = [](std::vector<std::string> arguments, int code, const std::string& what) {
    arguments.insert(arguments.begin(), {"overhead", "stacks"});
    const auto outcome = run_program(std::move(arguments));
    INFO(outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.err.find(what) != std::string::npos);
  };
  says({"--install", "no-such-stack"}, 64, "there is no stack 'no-such-stack'; known: caddy");
  says({"--install", "nginx", "--check", "nginx"}, 64, "one after the other");
  const TemporaryFolder folder;
  const std::string rest = "summary: s\ncommand: [\"{home}/bin/x\"]\nready: {path: /}\n";
  const auto future = folder.write(
      "future.yaml", "name: future\n" + rest + "install: {pip: [\"x==1\"], python: \"9.9\"}\n");
  says({"--stacks-dir", folder.path().string(), "--install", future}, 69,
       "it needs Python 9.9 or newer");
  says({"--stacks-dir", folder.path().string(), "--check", future}, 69,
       "to install it: overhead stacks --install");
}
