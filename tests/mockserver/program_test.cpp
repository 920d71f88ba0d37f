// The program as a process: its first line, its signals, its exit codes.

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/mockserver/client.hpp"

namespace hopcost::mockserver {
namespace {

/// build/<preset>/bin, where the tests are too.
std::string program_path() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mockserver";
}

/// The mock as a child process, killed with the object where it still runs.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    const std::string path = program_path();
    arguments.insert(arguments.begin(), path);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execv(path.c_str(), argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  ~Program() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Of its standard output, without its end; empty where there is none any more.
  std::string next_line() const {
    std::string line;
    char c = 0;
    pollfd waiting{output_, POLLIN, 0};
    while (::poll(&waiting, 1, 20'000) == 1 && ::read(output_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  void signal(int number) const { ::kill(child_, number); }

  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(child_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
  int output_ = -1;
};

std::uint16_t port_of(const std::string& line) {
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

TEST_CASE("the program says where it listens once it does, and ends well on either signal") {
  const int signal = GENERATE(SIGTERM, SIGINT);
  Program program({"--listen", "127.0.0.1:0", "--threads", "2", "-q", "--itl", "1ms"});
  const auto line = program.next_line();
  REQUIRE(line.starts_with("listening on http://127.0.0.1:"));
  Client client(port_of(line));
  CHECK(client.exchange(request("GET", "/health")).status == 200);
  auto body = chat_body();
  body["stream"] = true;
  client.send(chat(body));
  client.peek(1);  // the answer is under way
  program.signal(signal);
  const auto events = client.read_reply().events();
  REQUIRE_FALSE(events.empty());
  CHECK(events.back() == "[DONE]");  // it is still given, to its end
  CHECK(program.exit_code() == 0);
}

TEST_CASE("replicas listen on ports of their own, count for themselves and end together") {
  Program program({"--listen", "127.0.0.1:0", "--replicas", "3", "-q"});
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 3; ++i) ports.push_back(port_of(program.next_line()));
  CHECK(std::set(ports.begin(), ports.end()).size() == 3);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    for (std::size_t k = 0; k <= i; ++k) {
      CHECK(Client(ports[i]).exchange(chat(chat_body())).status == 200);
    }
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    CHECK(Client(ports[i]).exchange(request("GET", "/__admin/stats")).json()["requests"]["total"] ==
          i + 1);
  }
  program.signal(SIGTERM);
  CHECK(program.exit_code() == 0);
}

TEST_CASE("replicas of a scenario may differ, and --port is a port of 127.0.0.1") {
  const TestServer taken;  // its port is known to be taken
  const auto file = std::filesystem::temp_directory_path() /
                    ("hopcost-replicas-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(file) << "replicas:\n  - {models: [left]}\n  - {models: [right]}\n";
  Program program({"--listen", "127.0.0.1:0", "--scenario", file.string(), "-q"});
  for (const auto* model : {"left", "right"}) {
    Client client(port_of(program.next_line()));
    CHECK(client.exchange(request("GET", "/v1/models")).json()["data"][0]["id"] == model);
  }
  std::filesystem::remove(file);
  Program second({"--port", std::to_string(taken.port())});
  CHECK(second.exit_code() == 69);
}

TEST_CASE("the program exits with 69 where the port is taken and says nothing on standard output") {
  const TestServer first;
  Program second({"--listen", "127.0.0.1:" + std::to_string(first.port())});
  CHECK(second.next_line().empty());
  CHECK(second.exit_code() == 69);
}

}  // namespace
}  // namespace hopcost::mockserver
