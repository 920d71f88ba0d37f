// The program as its callers see it: first line, signals, exit codes.

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/reference_proxy/support.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

/// A child process whose standard output and error are read through one pipe.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments) {
    const char* folder = std::getenv("HOPCOST_BIN");
    REQUIRE(folder != nullptr);
    arguments.insert(arguments.begin(), std::string(folder) + "/reference_proxy");
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], 1);
      dup2(ends[1], 2);
      close(ends[0]);
      close(ends[1]);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      wait();
    }
    close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string read_line() {
    std::string line;
    char c = 0;
    while (read(output_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  std::string read_all() {
    std::string all;
    char c = 0;
    while (read(output_, &c, 1) == 1) all += c;
    return all;
  }
  void signal(int number) const { kill(pid_, number); }
  /// The exit code; -1 where a signal ended it.
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

std::string url(const Upstream& upstream) {
  return fmt::format("http://127.0.0.1:{}", upstream.port());
}

}  // namespace

TEST_CASE("the program says where it listens, forwards, and ends with 0 on either signal") {
  const Upstream upstream(answer_all([](const Message&) { return ok_reply("through"); }));
  for (const int number : {SIGTERM, SIGINT}) {
    Child child({"--listen", "127.0.0.1:0", "--backend", url(upstream), "--workers", "2",
                 "--add-delay", "10us"});
    const auto line = child.read_line();
    const std::string prefix = "listening on http://127.0.0.1:";
    REQUIRE(line.starts_with(prefix));
    const auto client =
        connect_to(static_cast<std::uint16_t>(std::stoi(line.substr(prefix.size()))));
    REQUIRE(client->send(get("/")));
    CHECK(client->read_message().value().body == "through");
    child.signal(number);
    CHECK(child.wait() == 0);
    CHECK(child.read_all().empty());
  }
}

TEST_CASE("a port that is in use is one clear line and exit code 69") {
  const Upstream upstream(answer_all([](const Message&) { return ok_reply("x"); }));
  Child child(
      {"--listen", fmt::format("127.0.0.1:{}", upstream.port()), "--backend", url(upstream)});
  const auto output = child.read_all();
  CHECK(output.find("in use") != std::string::npos);
  CHECK(std::ranges::count(output, '\n') == 1);
  CHECK(child.wait() == 69);
}

TEST_CASE("a wrong command line is exit code 64 and says what is wrong") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{}, "--backend"},
      {{"--backend", "https://x"}, "http://"},
      {{"--backend", "http://127.0.0.1:1/openai"}, "paths"},
      {{"--backend", "http://127.0.0.1:1", "--listen", "nowhere"}, "HOST:PORT"},
      {{"--backend", "http://127.0.0.1:1", "--workers", "0"}, "--workers"},
      {{"--backend", "http://127.0.0.1:1", "--add-delay", "5"}, "unit"},
      {{"--backend", "http://127.0.0.1:1", "--burn-cpu", "2h"}, "--burn-cpu"},
      {{"--backend", "http://127.0.0.1:1", "--cpus", "x"}, "CPU list"},
      {{"--backend", "http://127.0.0.1:1", "--no-such-flag"}, "no-such-flag"},
  };
  for (const auto& [arguments, says] : wrong) {
    Child child(arguments);
    const auto output = child.read_all();
    INFO(output);
    CHECK(output.find(says) != std::string::npos);
    CHECK(child.wait() == 64);
  }
}
