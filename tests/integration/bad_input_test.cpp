#include <algorithm>

#include "common/http_client.hpp"
#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

/// One clear error, the documented exit code, and it ends.
void fails(const std::vector<std::string>& arguments, int code,
           const std::vector<std::string>& said) {
  const auto outcome = run_program(arguments);
  INFO(outcome.err << outcome.out);
  CHECK(outcome.code == code);
  const std::string all = outcome.err + outcome.out;
  for (const auto& text : said) {
    INFO(text);
    CHECK(all.find(text) != std::string::npos);
  }
}

std::vector<std::string> run_with(const TemporaryFolder& folder, const std::string& manifest,
                                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"overhead", "run",        "--stack",
                                     manifest,   "--restarts", "2",
                                     "--quiet",  "--output",   (folder.path() / "out").string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("an unknown stack, a wrong flag and no subcommand are usage errors") {
  const TemporaryFolder folder;
  fails(run_with(folder, "ngnix"), 64, {"there is no stack 'ngnix'", "nginx", "reference"});
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out"));
  fails({"overhead", "run", "--restart", "4"}, 64, {});
  fails({"overhead", "run", "--rounds", "3"}, 64, {"--rounds", "even"});
  fails({"overhead"}, 64, {});
  fails({"overhead", "run", "no-such-file.yaml"}, 64, {"no-such-file.yaml", "cannot be read"});
}

TEST_CASE("a manifest with a wrong field names file, line and field") {
  const TemporaryFolder folder;
  const auto manifest = folder.write("odd.yaml",
                                     "name: odd\n"
                                     "summary: x\n"
                                     "command: [true]\n"
                                     "ready: {path: /, timeuot: 3s}\n");
  fails(run_with(folder, manifest), 64, {"odd.yaml:4: ready.timeuot: unknown key"});
}

TEST_CASE("an unknown placeholder names the manifest") {
  const TemporaryFolder folder;
  const auto manifest = folder.write(
      "odd.yaml", "name: odd\nsummary: x\ncommand: [echo, \"{prot}\"]\nready: {path: /}\n");
  fails(run_with(folder, manifest), 64, {"odd.yaml", "unknown placeholder {prot}"});
}

TEST_CASE("a stack that is not installed says how to install it") {
  const TemporaryFolder folder;
  const auto manifest = folder.write("odd.yaml",
                                     "name: odd\nsummary: x\nrequires: [no-such-gateway]\n"
                                     "install: pip install no-such-gateway\n"
                                     "command: [no-such-gateway]\nready: {path: /}\n");
  fails(run_with(folder, manifest), 69, {"'no-such-gateway' is not installed", "pip install"});
}

TEST_CASE("a stack that dies at start shows its last lines") {
  const TemporaryFolder folder;
  const auto manifest = folder.write(
      "dying.yaml",
      "name: dying\nsummary: x\ncommand: [sh, -c, \"echo cannot find the moon >&2; exit 3\"]\n"
      "ready: {path: /}\n");
  fails(run_with(folder, manifest), 69,
        {"stack dying", "ended with exit code 3", "cannot find the moon"});
}

TEST_CASE("a stack that never becomes ready ends in an error, not a hang") {
  const TemporaryFolder folder;
  const auto manifest = folder.write("mute.yaml",
                                     "name: mute\nsummary: x\ncommand: [sleep, \"60\"]\n"
                                     "ready: {path: /, timeout: 500ms}\n");
  fails(run_with(folder, manifest), 69, {"stack mute", "not ready within 500ms"});
}

TEST_CASE("a backend that answers with an error behind a healthy stack is not ready") {
  const TemporaryFolder folder;
  // The health check is the proxy's own; completions get its 502, for nothing listens on port 1.
  const auto manifest = folder.write(
      "astray.yaml",
      "name: astray\nsummary: x\n"
      "command: [\"{bin}/reference_proxy\", --listen, \"127.0.0.1:{port}\", --backend, "
      "\"http://127.0.0.1:1\"]\n"
      "ready: {path: /__reference/health, timeout: 500ms}\n");
  fails(run_with(folder, manifest), 69, {"stack astray", "HTTP 502"});
}

TEST_CASE("a port in use is named, for the stack and for the backend") {
  const TemporaryFolder folder;
  RunningProgram occupant({"mockserver", "--listen", "127.0.0.1:0"});
  const auto line = occupant.wait_for_line("listening on http://127.0.0.1:");
  fails(run_with(folder, "reference", {"--stack-port", line}), 69,
        {"stack reference", "port " + line + " is already in use"});
  fails(run_with(folder, "reference", {"--backend-port", line}), 69,
        {"backend", "port " + line + " is already in use"});
  fails({"mockserver", "--listen", "127.0.0.1:" + line}, 69, {line});
  fails({"reference_proxy", "--listen", "127.0.0.1:" + line, "--backend", "http://127.0.0.1:1"}, 69,
        {line});
}
