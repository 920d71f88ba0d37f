#include "mockserver/options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <vector>

#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

/// An environment variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class File {
 public:
  explicit File(const std::string& text)
      : path_((std::filesystem::temp_directory_path() /
               ("mockserver-options-" + std::to_string(::getpid()) + ".yaml"))
                  .string()) {
    std::ofstream(path_) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

struct Parsed {
  std::optional<int> code;
  Options options;
};

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "mockserver");
  Parsed parsed;
  parsed.code = parse_options(static_cast<int>(arguments.size()), arguments.data(), parsed.options);
  return parsed;
}

TEST_CASE("without arguments the mock has its documented defaults") {
  const auto [code, options] = parse({});
  REQUIRE_FALSE(code);
  CHECK(options.listen == HostPort{"127.0.0.1", 8000});
  CHECK(options.scenario.models == std::vector<std::string>{"mock-model"});
  CHECK(options.scenario.output_tokens == 64);
  CHECK(options.scenario.ttft == 0);
  CHECK(options.scenario.itl == 0);
  CHECK(options.max_body == 16U << 20U);
}

TEST_CASE("flags set everything") {
  const auto [code, options] = parse({"--listen",
                                      "127.0.0.1:0",
                                      "--threads",
                                      "3",
                                      "--ttft",
                                      "20ms",
                                      "--itl",
                                      "5ms",
                                      "--output-tokens",
                                      "7",
                                      "--role-early",
                                      "--model",
                                      "a",
                                      "--model",
                                      "b",
                                      "--cpus",
                                      "0-1",
                                      "--max-body",
                                      "64KiB",
                                      "-q"});
  REQUIRE_FALSE(code);
  CHECK(options.listen.port == 0);
  CHECK(options.threads == 3);
  CHECK(options.scenario.ttft == 20 * kMillisecond);
  CHECK(options.scenario.itl == 5 * kMillisecond);
  CHECK(options.scenario.output_tokens == 7);
  CHECK(options.scenario.role_early);
  CHECK(options.scenario.models == std::vector<std::string>{"a", "b"});
  CHECK(options.cpus == CpuSet{0, 1});
  CHECK(options.max_body == 65536);
  CHECK(options.quiet);
}

TEST_CASE("stream delay sets the gap between tokens alone") {
  const auto [code, options] = parse({"--stream-delay", "5ms"});
  REQUIRE_FALSE(code);
  CHECK(options.scenario.itl == 5 * kMillisecond);
  CHECK(options.scenario.ttft == 0);
}

TEST_CASE("the known variables speak in seconds and in lists with commas") {
  const Variable delay("STREAM_DELAY_SECONDS", "0.005");
  const Variable models("MOCK_MODELS", "a,b");
  SECTION("where no flag is given") {
    const auto [code, options] = parse({});
    REQUIRE_FALSE(code);
    CHECK(options.scenario.itl == 5 * kMillisecond);
    CHECK(options.scenario.models == std::vector<std::string>{"a", "b"});
  }
  SECTION("flags go before them") {
    const auto [code, options] = parse({"--itl", "1ms", "-m", "c"});
    REQUIRE_FALSE(code);
    CHECK(options.scenario.itl == kMillisecond);
    CHECK(options.scenario.models == std::vector<std::string>{"c"});
  }
  SECTION("they go before the file") {
    const File file("itl: 9ms\nmodel: [x, y]\noutput_tokens: 3\n");
    const auto [code, options] = parse({"--config", file.path()});
    REQUIRE_FALSE(code);
    CHECK(options.scenario.itl == 5 * kMillisecond);
    CHECK(options.scenario.models == std::vector<std::string>{"a", "b"});
    CHECK(options.scenario.output_tokens == 3);
  }
}

TEST_CASE("a file's keys are the options' names, and a flag for the gap beats both of its names") {
  const File file("stream-delay: 9ms\nmodel: [x, y]\n");
  CHECK(parse({"--config", file.path()}).options.scenario.itl == 9 * kMillisecond);
  CHECK(parse({"--config", file.path()}).options.scenario.models ==
        std::vector<std::string>{"x", "y"});
  CHECK(parse({"--config", file.path(), "--itl", "1ms"}).options.scenario.itl == kMillisecond);
}

TEST_CASE("what makes no sense is refused with exit code 64") {
  const std::vector<std::vector<const char*>> bad = {{"--listen", "nowhere"},
                                                     {"--listen", "127.0.0.1:99999"},
                                                     {"--ttft", "5"},
                                                     {"--ttft", "-1ms"},
                                                     {"--itl", "2h"},
                                                     {"--output-tokens", "0"},
                                                     {"--output-tokens", "1000001"},
                                                     {"--threads", "-1"},
                                                     {"--cpus", "x"},
                                                     {"--max-body", "much"},
                                                     {"--model", "a", "-m", "a"},
                                                     {"--itl", "1ms", "--stream-delay", "2ms"},
                                                     {"--unknown"},
                                                     {"--config", "/nonexistent.yaml"}};
  for (const auto& arguments : bad) {
    CAPTURE(arguments.front(), arguments.back());
    const auto code = parse(arguments).code;
    REQUIRE(code);
    CHECK((*code == 64 || *code == 74));  // 74: the file could not be read
  }
  const Variable delay("STREAM_DELAY_SECONDS", "fast");
  CHECK(parse({}).code == 64);
}

}  // namespace
}  // namespace hopcost::mockserver
