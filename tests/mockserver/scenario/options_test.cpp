// The command line, the variables and the files together.

#include "mockserver/scenario/options.hpp"

#include <cstdlib>
#include <vector>

#include "mockserver/scenario/keys.hpp"
#include "mockserver/scenario/scenario_flags.hpp"
#include "tests/mockserver/scenario/folder.hpp"
#include "tests/support/variable.hpp"

namespace hopcost::mockserver {
namespace {

using test::Variable;

struct Parsed {
  std::optional<int> code;
  Options options;

  [[nodiscard]] const Scenario& scenario() const { return options.replicas.at(0); }
  [[nodiscard]] const ModelSettings& model() const { return scenario().models.at(0); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& model : scenario().models) names.push_back(model.name);
    return names;
  }
};

using Names = std::vector<std::string>;

Parsed parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"mockserver"};
  for (const auto& argument : arguments) argv.push_back(argument.c_str());
  Parsed parsed;
  parsed.code = parse_options(static_cast<int>(argv.size()), argv.data(), parsed.options);
  return parsed;
}

Distribution ms(double value) {
  return Distribution::constant(value * 1e6);
}

TEST_CASE("without arguments the mock has its documented defaults") {
  const auto parsed = parse({});
  REQUIRE_FALSE(parsed.code);
  CHECK(parsed.options.listen == HostPort{"127.0.0.1", 8000});
  CHECK(parsed.options.max_body == 16U << 20U);
  REQUIRE(parsed.options.replicas.size() == 1);
  CHECK(parsed.scenario() == Scenario{});
}

TEST_CASE("flags set everything") {
  const auto parsed = parse({"--listen",
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
                             "-q",
                             "--mode",
                             "echo",
                             "--seed",
                             "11",
                             "--reasoning-tokens",
                             "4",
                             "--max-model-len",
                             "100",
                             "--tokens-per-chunk",
                             "2",
                             "--events-per-write",
                             "8",
                             "--max-running",
                             "5",
                             "--max-waiting",
                             "6",
                             "--max-connections",
                             "9",
                             "--request-timeout",
                             "2s",
                             "--api-keys-env",
                             "MY_KEYS",
                             "--cors",
                             "--ignore-fault-headers",
                             "--record",
                             "out.jsonl",
                             "--replay",
                             "in.jsonl",
                             "--fault",
                             "reset; after=3",
                             "--fault",
                             "crlf"});
  REQUIRE_FALSE(parsed.code);
  const auto& options = parsed.options;
  CHECK(options.listen.port == 0);
  CHECK(options.threads == 3);
  CHECK(options.cpus == CpuSet{0, 1});
  CHECK(options.max_body == 65536);
  CHECK(options.quiet);
  CHECK(parsed.names() == Names{"a", "b"});
  for (const auto& model : parsed.scenario().models) {
    CHECK(model.timing.ttft == ms(20));
    CHECK(model.timing.itl == ms(5));
    CHECK(model.timing.role_early);
    CHECK(model.output_tokens == Distribution::constant(7).whole(1, kMaxTokens));
    CHECK(model.mode == AnswerStyle::Mode::echo);
    CHECK(model.reasoning_tokens == 4);
    CHECK(model.max_model_len == 100);
    CHECK(model.delivery == Delivery{2, 8, 0});
  }
  const auto& scenario = parsed.scenario();
  CHECK(scenario.seed == 11);
  CHECK(scenario.load.max_running == 5);
  CHECK(scenario.load.max_waiting == 6);
  CHECK(scenario.max_connections == 9);
  CHECK(scenario.request_timeout == 2 * kSecond);
  CHECK(scenario.api_keys_env == "MY_KEYS");
  CHECK(scenario.cors);
  CHECK(scenario.ignore_fault_headers);
  CHECK(scenario.record == "out.jsonl");
  CHECK(scenario.replay == "in.jsonl");
  REQUIRE(scenario.faults.size() == 2);
  CHECK(scenario.faults[0].fault.after == 3U);
}

TEST_CASE("a port alone is one of this machine only") {
  CHECK(parse({"--port", "8123"}).options.listen == HostPort{"127.0.0.1", 8123});
  CHECK(parse({"-p", "0"}).options.listen == HostPort{"127.0.0.1", 0});
  CHECK(parse({"--port", "8123", "--listen", "127.0.0.1:8123"}).code == 64);
  CHECK(parse({"--port", "65536"}).code == 64);
  const Folder folder;
  const std::string file = folder.write("f.yaml", "listen: 0.0.0.0:7000\n");
  CHECK(parse({"--config", file, "--port", "8123"}).options.listen == HostPort{"127.0.0.1", 8123});
  const std::string other = folder.write("g.yaml", "port: 7000\n");
  CHECK(parse({"--config", other, "--listen", "[::1]:1"}).options.listen.port == 1);
  CHECK(parse({"--config", other}).options.listen == HostPort{"127.0.0.1", 7000});
}

TEST_CASE("stream delay sets the gap between tokens alone") {
  const auto parsed = parse({"--stream-delay", "5ms"});
  REQUIRE_FALSE(parsed.code);
  CHECK(parsed.model().timing.itl == ms(5));
  CHECK(parsed.model().timing.ttft == ms(0));
}

TEST_CASE("the known variables speak in seconds and in lists with commas") {
  const Variable delay("STREAM_DELAY_SECONDS", "0.005");
  const Variable models("MOCK_MODELS", "a,b");
  SECTION("where no flag is given") {
    const auto parsed = parse({});
    REQUIRE_FALSE(parsed.code);
    CHECK(parsed.model().timing.itl == ms(5));
    CHECK(parsed.names() == Names{"a", "b"});
  }
  SECTION("flags go before them, whatever the name") {
    const auto parsed = parse({"--itl", "1ms", "-m", "c"});
    REQUIRE_FALSE(parsed.code);
    CHECK(parsed.model().timing.itl == ms(1));
    CHECK(parsed.names() == Names{"c"});
    const auto theirs = parse({"--inter-token-latency", "1", "--served-model-name", "c"});
    REQUIRE_FALSE(theirs.code);
    CHECK(theirs.model().timing.itl == ms(1));
    CHECK(theirs.names() == Names{"c"});
  }
  SECTION("they go before files") {
    const Folder folder;
    const auto file =
        folder.write("f.yaml", "itl: 9ms\nmodels: [x, y]\noutput_tokens: 3\nstream-delay: 8ms\n");
    const auto parsed = parse({"--config", file});
    REQUIRE_FALSE(parsed.code);
    CHECK(parsed.model().timing.itl == ms(5));
    CHECK(parsed.names() == Names{"a", "b"});
    CHECK(parsed.model().output_tokens == Distribution::constant(3).whole(1, kMaxTokens));
  }
}

TEST_CASE("every flag has a variable of its own, which goes before files") {
  const Variable ttft("HOPCOST_TTFT", "3ms");
  const Variable running("HOPCOST_MAX_RUNNING", "4");
  const Folder folder;
  const auto file = folder.write("f.yaml", "ttft: 9ms\nitl: 9ms\nload: {max_waiting: 7}\n");
  const auto parsed = parse({"--scenario", file});
  REQUIRE_FALSE(parsed.code);
  CHECK(parsed.model().timing.ttft == ms(3));
  CHECK(parsed.model().timing.itl == ms(9));
  CHECK(parsed.scenario().load.max_running == 4);
  CHECK(parsed.scenario().load.max_waiting == 7);
}

TEST_CASE("a configuration is a scenario whose keys may also be options' names") {
  const Folder folder;
  const auto file = folder.write("f.yaml",
                                 "listen: 127.0.0.1:9\nthreads: 2\nmax-body: 1KiB\n"
                                 "stream-delay: 9ms\nmodel: [x, y]\nload: {max_running: 3}\n");
  const auto parsed = parse({"--config", file, "--threads", "4"});
  REQUIRE_FALSE(parsed.code);
  CHECK(parsed.options.listen.port == 9);
  CHECK(parsed.options.threads == 4);
  CHECK(parsed.options.max_body == 1024);
  CHECK(parsed.model().timing.itl == ms(9));
  CHECK(parsed.names() == Names{"x", "y"});
  CHECK(parsed.scenario().load.max_running == 3);
  CHECK(parse({"--config", file, "--itl", "1ms"}).model().timing.itl == ms(1));
  CHECK(parse({"--scenario", file}).code == 64);  // a scenario says nothing of threads
  CHECK(parse({"--config", file, "--scenario", file}).code == 64);
}

TEST_CASE("flags change every model of every replica, and nothing else of them") {
  const Folder folder;
  const auto file = folder.write("f.yaml",
                                 "models: {a: {ttft: 1ms, itl: 1ms}, b: {ttft: 2ms}}\n"
                                 "replicas: [{}, {seed: 5}]\n");
  const auto parsed = parse({"--scenario", file, "--ttft", "7ms"});
  REQUIRE_FALSE(parsed.code);
  REQUIRE(parsed.options.replicas.size() == 2);
  for (const auto& replica : parsed.options.replicas) {
    for (const auto& model : replica.models) CHECK(model.timing.ttft == ms(7));
    CHECK(replica.find_model("a")->timing.itl == ms(1));
  }
  CHECK(parsed.options.replicas[1].seed == 5);
}

TEST_CASE("replicas are as many as asked for") {
  CHECK(parse({"--replicas", "4"}).options.replicas.size() == 4);
  CHECK(parse({"--data-parallel-size", "3"}).options.replicas.size() == 3);
  CHECK(parse({"--replicas", "2", "--data-parallel-size", "2"}).code == 64);
  CHECK(parse({"--replicas", "0"}).code == 64);
  CHECK(parse({"--replicas", "3", "--port", "65534"}).code == 64);
  const Folder folder;
  const auto list = folder.write("list.yaml", "replicas: [{seed: 1}, {seed: 2}]\n");
  CHECK(parse({"--scenario", list}).options.replicas.at(1).seed == 2);
  CHECK(parse({"--scenario", list, "--replicas", "2"}).options.replicas.at(1).seed == 2);
  CHECK(parse({"--scenario", list, "--replicas", "3"}).code == 64);
  const auto number = folder.write("number.yaml", "replicas: 3\n");
  CHECK(parse({"--scenario", number}).options.replicas.size() == 3);
  CHECK(parse({"--scenario", number, "--replicas", "2"}).options.replicas.size() == 2);
}

TEST_CASE("a command line written for llm-d-inference-sim means here what it means there") {
  const auto parsed = parse({"--port",
                             "8123",
                             "--model",
                             "m",
                             "--mode",
                             "random",
                             "--seed",
                             "5",
                             "--max-model-len",
                             "512",
                             "--time-to-first-token",
                             "100",
                             "--time-to-first-token-std-dev",
                             "10",
                             "--inter-token-latency",
                             "20ms",
                             "--max-num-seqs",
                             "5",
                             "--max-waiting-queue-length",
                             "50",
                             "--failure-injection-rate",
                             "10",
                             "--failure-types",
                             "rate_limit",
                             "server_error",
                             "--time-factor-under-load",
                             "1.5"});
  REQUIRE_FALSE(parsed.code);
  CHECK(parsed.model().timing.ttft == Distribution::normal(100e6, 10e6).clipped(30e6, 170e6));
  CHECK(parsed.model().timing.itl == ms(20));
  CHECK(parsed.model().mode == AnswerStyle::Mode::random);
  CHECK(parsed.model().max_model_len == 512);
  CHECK(parsed.scenario().load.max_running == 5);
  CHECK(parsed.scenario().load.slowdown == 1.5);
  CHECK(parsed.scenario().faults.size() == 2);
  CHECK(parse({"--ttft", "1ms", "--time-to-first-token", "1"}).code == 64);
}

TEST_CASE("what makes no sense is refused with exit code 64") {
  const std::vector<std::vector<std::string>> bad = {{"--listen", "nowhere"},
                                                     {"--listen", "127.0.0.1:99999"},
                                                     {"--ttft", "5"},
                                                     {"--ttft", "-1ms"},
                                                     {"--itl", "2h"},
                                                     {"--output-tokens", "0"},
                                                     {"--output-tokens", "1000001"},
                                                     {"--threads", "-1"},
                                                     {"--cpus", "x"},
                                                     {"--max-body", "much"},
                                                     {"--mode", "parrot"},
                                                     {"--max-running", "-1"},
                                                     {"--fault", "gremlins"},
                                                     {"--fault", ""},
                                                     {"--api-keys-env", "a key"},
                                                     {"--model", "a", "-m", "a"},
                                                     {"--itl", "1ms", "--stream-delay", "2ms"},
                                                     {"--failure-types", "rate_limit"},
                                                     {"--data-parallel-size", "x"},
                                                     {"--unknown"},
                                                     {"--scenario", "/nonexistent.yaml"},
                                                     {"--config", "/nonexistent.yaml"}};
  for (const auto& arguments : bad) {
    CAPTURE(arguments);
    CHECK(parse(arguments).code == 64);
  }
  const Variable delay("STREAM_DELAY_SECONDS", "fast");
  CHECK(parse({}).code == 64);
}

TEST_CASE("every key that a flag sets is one that a scenario has") {
  for (const auto& flag : kScenarioFlags) {
    CAPTURE(flag.names);
    const std::string pointer = flag.pointer;
    const auto key = pointer.substr(1, pointer.find('/', 1) - 1);
    const bool known = key == "models" || find_key(server_keys(), key) != nullptr ||
                       find_key(model_keys(), key) != nullptr;
    CHECK(known);
  }
}

}  // namespace
}  // namespace hopcost::mockserver
