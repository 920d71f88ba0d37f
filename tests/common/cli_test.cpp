#include "common/cli.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/catch.hpp"

using namespace hopcost;

namespace {

/// A program's options as main would hold them, parsed from arguments, environment and file.
class Program {
 public:
  Program() : app_("a test", "prog") {
    add_duration(app_, "-t,--ttft", ttft, "first token");
    add_rate(app_, "--rate", rate, "requests");
    app_.add_option("--threads", threads, "threads")->check(CLI::Range(1, 64));
    app_.add_option("--max-in-flight", max_in_flight, "limit");
    app_.add_option("--stack", stacks, "stacks");
    app_.add_flag("-q,--quiet", quiet, "less");
    add_common_options(app_, "prog", config_file_);
  }
  ~Program() {
    for (const auto& name : variables_) unsetenv(name.c_str());
    std::error_code ignored;
    if (!file_.empty()) std::filesystem::remove(file_, ignored);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void set_environment(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    variables_.push_back(name);
  }
  const std::string& write_file(const std::string& text) {
    static int counter = 0;
    file_ = (std::filesystem::temp_directory_path() / ("hopcost-cli-" + std::to_string(getpid()) +
                                                       "-" + std::to_string(++counter) + ".yaml"))
                .string();
    std::ofstream(file_) << text;
    return file_;
  }
  /// What main would return, or nothing where the program goes on. Complaints stay in `said`.
  std::optional<int> run(std::vector<std::string> arguments,
                         const std::function<Result<void>()>& check = {}) {
    if (!file_.empty()) arguments.insert(arguments.end(), {"--config", file_});
    std::vector<const char*> argv{"prog"};
    for (const auto& a : arguments) argv.push_back(a.c_str());
    std::ostringstream caught;
    auto* const out = std::cout.rdbuf(caught.rdbuf());
    auto* const err = std::cerr.rdbuf(caught.rdbuf());
    const auto code =
        parse_command_line(app_, static_cast<int>(argv.size()), argv.data(), config_file_, check);
    std::cout.rdbuf(out);
    std::cerr.rdbuf(err);
    said = caught.str();
    return code;
  }
  /// The file's complaint; empty where it is accepted.
  std::string file_complaint(const std::string& text) {
    const auto applied = apply_config_file(app_, write_file(text));
    if (applied) return "";
    CHECK(applied.error().exit_code() == 64);
    const auto all = applied.error().to_string();
    REQUIRE(all.starts_with(file_));
    return all.substr(file_.size());
  }

  Nanos ttft = 20 * kMillisecond;
  double rate = 0;
  int threads = 2;
  int max_in_flight = 256;
  std::vector<std::string> stacks;
  bool quiet = false;
  std::string said;

 private:
  CLI::App app_;
  std::string config_file_;
  std::string file_;
  std::vector<std::string> variables_;
};

}  // namespace

TEST_CASE("without arguments every option keeps its default") {
  Program p;
  REQUIRE_FALSE(p.run({}).has_value());
  CHECK(p.ttft == 20 * kMillisecond);
  CHECK(p.threads == 2);
}

TEST_CASE("flags with units are read, in their short form too") {
  Program p;
  REQUIRE_FALSE(p.run({"-t", "250us", "--rate=6000/m", "--quiet"}).has_value());
  CHECK(p.ttft == 250 * kMicrosecond);
  CHECK(p.rate == Catch::Approx(100));
  CHECK(p.quiet);
}

TEST_CASE("a flag goes before the environment, and the environment before the file") {
  Program p;
  p.write_file("ttft: 3ms\nthreads: 3\nmax-in-flight: 3\n");
  p.set_environment("HOPCOST_TTFT", "2ms");
  p.set_environment("HOPCOST_THREADS", "5");
  REQUIRE_FALSE(p.run({"--ttft", "1ms"}).has_value());
  CHECK(p.ttft == kMillisecond);
  CHECK(p.threads == 5);
  CHECK(p.max_in_flight == 3);
}

TEST_CASE("a dash in an option's name is an underscore in its variable, and either in the file") {
  {
    Program variable;
    variable.set_environment("HOPCOST_MAX_IN_FLIGHT", "7");
    REQUIRE_FALSE(variable.run({}).has_value());
    CHECK(variable.max_in_flight == 7);
  }
  Program dash;
  dash.write_file("max-in-flight: 8\n");
  REQUIRE_FALSE(dash.run({}).has_value());
  CHECK(dash.max_in_flight == 8);
  Program underscore;
  underscore.write_file("max_in_flight: 9\n");
  REQUIRE_FALSE(underscore.run({}).has_value());
  CHECK(underscore.max_in_flight == 9);
}

TEST_CASE("a file sets flags and lists") {
  Program p;
  p.write_file("quiet: true\nstack: [nginx, envoy]\nrate: 5/s\n");
  REQUIRE_FALSE(p.run({}).has_value());
  CHECK(p.quiet);
  CHECK(p.stacks == std::vector<std::string>{"nginx", "envoy"});
  CHECK(p.rate == 5.0);
  Program off;
  off.quiet = true;
  off.write_file("quiet: false\n");
  REQUIRE_FALSE(off.run({}).has_value());
  CHECK_FALSE(off.quiet);
}

TEST_CASE("an empty file changes nothing") {
  Program p;
  p.write_file("# nothing yet\n");
  REQUIRE_FALSE(p.run({}).has_value());
  CHECK(p.threads == 2);
}

TEST_CASE("an unknown key in the file is refused with file and line") {
  CHECK(Program().file_complaint("threads: 3\nthread: 3\n") == ":2: thread: unknown key");
  CHECK(Program().file_complaint("help: true\n") == ":1: help: unknown key");
  CHECK(Program().file_complaint("config: x\n") == ":1: config: unknown key");
}

TEST_CASE("a bad value in the file is refused with file and line") {
  const auto unit = Program().file_complaint("threads: 3\n\nttft: 5\n");
  CHECK(unit == ":3: ttft: '5' is not a number with a unit, such as 20ms, 250us or 10s");
  const auto range = Program().file_complaint("threads: 99\n");
  INFO(range);
  CHECK(range.starts_with(":1: threads: "));
  CHECK(range.find("99") != std::string::npos);
  CHECK(Program().file_complaint("threads: many\n").starts_with(":1: threads: "));
  CHECK(Program().file_complaint("threads: {a: 1}\n") == ":1: threads: must be a text");
  CHECK(Program().file_complaint("threads: 1\nthreads: 2\n").starts_with(":2: "));
  CHECK(Program().file_complaint("- a\n").find("must be a map") != std::string::npos);
}

TEST_CASE("a wrong command line ends with 64 and names the option") {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--ttft", "5"},
                                             {"--ttft", "-5ms"},
                                             {"--rate", "0/s"},
                                             {"--threads", "99"},
                                             {"--threads", "x"},
                                             {"--thread", "1"},
                                             {"stray"},
                                             {"--ttft"}}) {
    Program p;
    const auto code = p.run(arguments);
    INFO(arguments[0] << ": " << p.said);
    REQUIRE(code.has_value());
    CHECK(*code == 64);
    CHECK(p.said.find(arguments[0]) != std::string::npos);
  }
}

TEST_CASE("a bad value in the environment ends with 64") {
  Program p;
  p.set_environment("HOPCOST_THREADS", "99");
  CHECK(p.run({}) == 64);
}

TEST_CASE("a bad file ends with 64, as does one that is not there") {
  Program p;
  p.write_file("nonsense: 1\n");
  CHECK(p.run({}) == 64);
  Program absent;
  CHECK(absent.run({"--config", "/nonexistent.yaml"}) == 64);
}

TEST_CASE("help and version print and end with 0") {
  Program help;
  CHECK(help.run({"--help"}) == 0);
  CHECK(help.said.find("--ttft") != std::string::npos);
  CHECK(help.said.find("20ms") != std::string::npos);
  Program version;
  CHECK(version.run({"--version"}) == 0);
  CHECK(version.said.find("prog, " + version_text()) == 0);
}

TEST_CASE("a check of the whole sees the file's values and can refuse them") {
  Program p;
  p.write_file("threads: 8\n");
  int seen = 0;
  const auto code = p.run({}, [&]() -> Result<void> {
    seen = p.threads;
    return fail(ErrorCode::usage, "does not go together");
  });
  CHECK(seen == 8);
  CHECK(code == 64);
}
