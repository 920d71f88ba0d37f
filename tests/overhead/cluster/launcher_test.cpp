#include <nlohmann/json.hpp>

#include "overhead/cluster/cluster_site.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

loadgen::Program parsed(const loadgen::Options& options) {
  auto words = loadgen_arguments(options);
  words.insert(words.begin(), "loadgen");
  std::vector<const char*> pointers;
  for (const auto& word : words) pointers.push_back(word.c_str());
  loadgen::Program program;
  CHECK_FALSE(loadgen::parse_options(static_cast<int>(pointers.size()), pointers.data(), program));
  return program;
}

loadgen::Options some_load() {
  loadgen::Options options;
  ApiBase api;
  api.address = {"vllm-server", 8000};
  api.path = "/v1";
  options.targets = {api};
  options.models = {{"some/model", 1}};
  options.concurrency = options.max_in_flight = 7;
  options.spawn_per_s = 2.5;
  options.seed = 12345;
  options.duration = 1'234'567;
  options.warmup = 30 * kMillisecond;
  options.timeouts.total = 30 * kSecond;
  options.prompt_tokens = 33;
  options.output_tokens = 17;
  options.stamps = true;
  return options;
}

}  // namespace

TEST_CASE("a load crosses into the launcher as loadgen's command line says it") {
  auto options = some_load();
  options.stream = GENERATE(false, true);
  const auto program = parsed(options);
  const auto& run = program.run;
  REQUIRE(run.targets.size() == 1);
  CHECK(run.targets[0].url() == options.targets[0].url());
  CHECK(run.models == options.models);
  CHECK(run.concurrency == 7);
  CHECK(run.rate_per_s == 0);
  CHECK(run.seed == 12345);
  CHECK(run.duration == options.duration);
  CHECK(run.warmup == options.warmup);
  CHECK(run.timeouts.total == options.timeouts.total);
  CHECK(run.prompt_tokens == options.prompt_tokens);
  CHECK(run.output_tokens == options.output_tokens);
  CHECK(run.stream == options.stream);
  CHECK(run.stamps);
  CHECK(program.json);
  CHECK(program.quiet);
}

TEST_CASE("an open loop crosses with its rate and its arrivals, and is not asked for beforehand") {
  auto options = some_load();
  options.rate_per_s = 12.5;
  options.arrival.kind = loadgen::Arrival::Kind::poisson;
  options.stamps = false;
  const auto program = parsed(options);
  CHECK(program.run.rate_per_s == 12.5);
  CHECK(program.run.arrival.kind == loadgen::Arrival::Kind::poisson);
  CHECK(program.run.max_in_flight == 7);
  CHECK_FALSE(program.run.stamps);
  CHECK_FALSE(program.probe);
}

TEST_CASE("what a pod's meter prints is read back") {
  PodSight sight;
  sight.use.cpu.by_process = {{7, 1'000'000}, {8, 2}};
  sight.use.cpu.reaped_ns = 40;
  sight.use.by_thread = {{7, 900'000}, {9, 100'002}};
  sight.use.storage_bytes =
      GENERATE(std::optional<std::uint64_t>(), std::optional<std::uint64_t>(512));
  sight.memory_bytes = 1 << 20;
  sight.workers = 2;
  sight.machine.cpu_model = "a CPU";
  sight.machine.cpus = 4;
  const auto read = pod_sight_from(to_json(sight).dump());
  REQUIRE(read);
  CHECK(read->use.cpu.by_process == sight.use.cpu.by_process);
  CHECK(read->use.cpu.reaped_ns == 40);
  CHECK(read->use.by_thread == sight.use.by_thread);
  CHECK(read->use.storage_bytes == sight.use.storage_bytes);
  CHECK(read->memory_bytes == sight.memory_bytes);
  CHECK(read->workers == 2);
  CHECK(read->machine.cpu_model == "a CPU");
  CHECK(read->machine.cpus == 4);
}

TEST_CASE("what is no meter's text is refused at each of its fields") {
  CHECK_FALSE(pod_sight_from("overhead: unknown subcommand"));
  CHECK_FALSE(pod_sight_from("[]"));
  const auto whole = to_json(PodSight{});
  for (const auto& [key, value] : whole.items()) {
    INFO(key);
    auto lacking = whole;
    lacking.erase(key);
    CHECK_FALSE(pod_sight_from(lacking.dump()));
    lacking[key] = nlohmann::json::array({"x"});
    CHECK_FALSE(pod_sight_from(lacking.dump()));
  }
  for (const auto* const number : {"", "x", "7x", "99999999999"}) {
    INFO(number);
    auto unnamed = whole;
    unnamed["cpu_ns"] = {{number, 1}};
    CHECK_FALSE(pod_sight_from(unnamed.dump()));
  }
}

TEST_CASE("a process of this container is not beside it") {
  const auto sight = look_beside(std::nullopt, 1);
  CHECK_FALSE(sight.use.cpu.by_process.contains(getpid()));
  CHECK(sight.workers == -1);
  CHECK(sight.machine.cpus > 0);
}
