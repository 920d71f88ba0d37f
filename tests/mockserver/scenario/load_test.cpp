// What a scenario file means.

#include "mockserver/scenario/load.hpp"

#include <nlohmann/json.hpp>

#include "tests/mockserver/scenario/folder.hpp"

namespace hopcost::mockserver {
namespace {

Result<ScenarioFile> load(std::string_view text, OtherKeys others = OtherKeys::refused) {
  const Folder folder;
  return load_scenario(folder.write("f.yaml", text), others);
}

Scenario loaded(std::string_view text) {
  const auto file = load(text);
  if (!file) FAIL(file.error().to_string());
  return file->replicas.at(0);
}

/// Without the folder's name: "f.yaml:2: ttft: must ..."
std::string error_of(std::string_view text) {
  const auto file = load(text);
  if (file) return "accepted";
  const auto error = file.error().to_string();
  return error.substr(error.find("f.yaml"));
}

bool refused_at(std::string_view text, const std::string& place) {
  const auto error = error_of(text);
  CAPTURE(std::string(text), error, place);
  CHECK(error.starts_with(place + ": "));
  return error.starts_with(place + ": ");
}

TEST_CASE("an empty file is the default scenario") {
  CHECK(loaded("") == Scenario{});
  CHECK(loaded("# nothing\n") == Scenario{});
  CHECK(loaded("{}") == Scenario{});
  const Scenario scenario;
  CHECK(scenario.models.size() == 1);
  CHECK(scenario.models[0].name == "mock-model");
  CHECK(scenario.models[0].output_tokens == Distribution::constant(64).whole(1, kMaxTokens));
}

TEST_CASE("a model's keys at the top are for all models, in a model for that one") {
  const auto scenario = loaded(R"(
ttft: {distribution: lognormal, p50: 20ms, p99: 80ms}
output_tokens: {distribution: uniform, min: 10, max: 20}
models:
  - plain
  - name: own
    aliases: [other, another]
    ttft: 1ms
    mode: random
    embedding_dimensions: 8
    tokens_per_chunk: 4
    events_per_write: 16
    bytes_per_write: 7
    reasoning_tokens: 5
    always_reasons: true
    system_fingerprint: fp_1
    max_model_len: 4096
    prefill_per_token: 10us
    cached_prefill_per_token: 1us
    role_early: true
)");
  const auto* plain = scenario.find_model("plain");
  const auto* own = scenario.find_model("another");
  REQUIRE(plain != nullptr);
  REQUIRE(own != nullptr);
  CHECK(scenario.find_model("gone") == nullptr);
  CHECK(plain->timing.ttft == Distribution::lognormal_quantiles(20e6, 80e6));
  CHECK(own->timing.ttft == Distribution::constant(1e6));
  CHECK(own->name == "own");
  CHECK(own->output_tokens == Distribution::uniform(10, 20).whole(1, kMaxTokens));
  CHECK(own->mode == AnswerStyle::Mode::random);
  CHECK(own->embedding_dimensions == 8);
  CHECK(own->delivery == Delivery{4, 16, 7});
  CHECK(own->reasoning_tokens == 5);
  CHECK(own->always_reasons);
  CHECK(own->system_fingerprint == "fp_1");
  CHECK(own->max_model_len == 4096);
  CHECK(own->timing.prefill_per_token == 10 * kMicrosecond);
  CHECK(own->timing.cached_prefill_per_token == kMicrosecond);
  CHECK(own->timing.role_early);
  CHECK(plain->delivery == Delivery{});
}

TEST_CASE("models may be a map, whose values may be left out") {
  const auto scenario = loaded("models:\n  a:\n  b: {mode: echo}\n");
  REQUIRE(scenario.models.size() == 2);
  CHECK(scenario.models[0].name == "a");
  CHECK(scenario.models[1].mode == AnswerStyle::Mode::echo);
}

TEST_CASE("the server's keys are all read") {
  const auto scenario = loaded(R"(
seed: 7
load: {max_running: 4, max_waiting: 2, slowdown: 2.5}
prefix_cache: {blocks: 100, block_tokens: 32}
profile: {phases: [{at: 1s, kind: step, factor: 2}]}
faults:
  - {fault: error, status: 503, probability: 0.25}
  - "mid-stream-stall; after=3; for=200ms, crlf"
limits: {requests_per_minute: 60}
max_connections: 9
request_timeout: 3s
api_keys_env: MY_KEYS
cors: true
ignore_fault_headers: true
record: out.jsonl
replay: in/answers.jsonl
)");
  CHECK(scenario.seed == 7);
  CHECK(scenario.load.max_running == 4);
  CHECK(scenario.load.slowdown == 2.5);
  CHECK(scenario.prefix_cache.block_tokens == 32);
  CHECK(scenario.profile.phases().size() == 1);
  REQUIRE(scenario.faults.size() == 3);
  CHECK(scenario.faults[0].probability == 0.25);
  CHECK(scenario.faults[1].fault.after == 3U);
  CHECK(scenario.faults[2].fault.kind == FaultKind::crlf);
  CHECK(scenario.limits.requests_per_minute == 60);
  CHECK(scenario.max_connections == 9);
  CHECK(scenario.request_timeout == 3 * kSecond);
  CHECK(scenario.api_keys_env == "MY_KEYS");
  CHECK(scenario.cors);
  CHECK(scenario.ignore_fault_headers);
  // File names are relative to the file they stand in.
  CHECK(std::filesystem::path(scenario.record).is_absolute());
  CHECK(scenario.replay.ends_with("/in/answers.jsonl"));
}

TEST_CASE("a trace is looked for beside the file that names it") {
  const Folder folder;
  folder.write("deep/gaps.txt", "1ms\n2ms\n");
  const auto file = load_scenario(
      folder.write("deep/f.yaml", "itl: {distribution: empirical, trace: gaps.txt}\n"));
  REQUIRE(file);
  CHECK(file->replicas[0].models[0].timing.itl.values() == std::vector<double>{1e6, 2e6});
}

TEST_CASE("replicas of one process may differ from the file and from each other") {
  const auto file = load(R"(
ttft: 10ms
models: {a: {itl: 1ms}}
replicas:
  - {}
  - {ttft: 99ms, load: {max_running: 1}}
  - {models: {a: {mode: echo}, b: }}
)");
  REQUIRE(file);
  REQUIRE(file->replicas.size() == 3);
  CHECK(file->replicas_listed);
  CHECK(file->replicas[0].models[0].timing.ttft == Distribution::constant(10e6));
  CHECK(file->replicas[1].models[0].timing.ttft == Distribution::constant(99e6));
  CHECK(file->replicas[1].load.max_running == 1);
  CHECK(file->replicas[2].models.size() == 2);
  CHECK(file->replicas[2].models[0].timing.itl == Distribution::constant(1e6));
  CHECK(file->replicas[0].models[0].mode == AnswerStyle::Mode::words);
}

TEST_CASE("a number of replicas makes that many equal ones") {
  const auto file = load("seed: 3\nreplicas: 4\n");
  REQUIRE(file);
  CHECK_FALSE(file->replicas_listed);
  REQUIRE(file->replicas.size() == 4);
  CHECK(file->replicas[3] == file->replicas[0]);
  CHECK(file->replicas[3].seed == 3);
}

TEST_CASE("what makes no sense is refused with file, line and field") {
  refused_at("ttft: 5ms\nitll: 1ms\n", "f.yaml:2: itll");
  refused_at("ttft: 20\n", "f.yaml:1: ttft");
  refused_at("itl: 2h\n", "f.yaml:1: itl");
  refused_at("output_tokens: 0\n", "f.yaml:1: output_tokens");
  refused_at("output_tokens: 1000001\n", "f.yaml:1: output_tokens");
  refused_at("mode: parrot\n", "f.yaml:1: mode");
  refused_at("seed: -1\n", "f.yaml:1: seed");
  refused_at("cors: maybe\n", "f.yaml:1: cors");
  refused_at("tokens_per_chunk: 0\n", "f.yaml:1: tokens_per_chunk");
  refused_at("events_per_write: 0\n", "f.yaml:1: events_per_write");
  refused_at("embedding_dimensions: 4097\n", "f.yaml:1: embedding_dimensions");
  refused_at("prefill_per_token: 2s\n", "f.yaml:1: prefill_per_token");
  refused_at("request_timeout: 2h\n", "f.yaml:1: request_timeout");
  refused_at("api_keys_env: a key\n", "f.yaml:1: api_keys_env");
  refused_at("replay: \"a\\nb\"\n", "f.yaml:1: replay");
  refused_at("seed: 1\nseed: 2\n", "f.yaml:2");
  refused_at("load: {max_runing: 1}\n", "f.yaml:1: load.max_runing");
  refused_at("load:\n  max_running: x\n", "f.yaml:2: load.max_running");
  refused_at("load: 5\n", "f.yaml:1: load");
  refused_at("limits: {requests: 1}\n", "f.yaml:1: limits.requests");
  refused_at("faults: [no-such-fault]\n", "f.yaml:1: faults[0]");
  refused_at("faults: ['']\n", "f.yaml:1: faults[0]");
  refused_at("faults:\n  - {fault: reset, when: {modle: a}}\n", "f.yaml:2: faults[0].when.modle");
  refused_at("models: []\n", "f.yaml:1: models");
  refused_at("models: {}\n", "f.yaml:1: models");
  refused_at("models: [a, a]\n", "f.yaml:1: models");
  refused_at("models: [a, {name: b, aliases: [a]}]\n", "f.yaml:1: models");
  refused_at("models: ['']\n", "f.yaml:1: models[0]");
  refused_at("models:\n  a:\n  \"b\\n\": {mode: echo}\n", "f.yaml:3: models.b\n");
  refused_at("models: [\"a\\nb\"]\n", "f.yaml:1: models[0]");
  refused_at("models: [{itl: 1ms}]\n", "f.yaml:1: models[0]");
  refused_at("models: [{name: a, seed: 1}]\n", "f.yaml:1: models[0].seed");
  refused_at("models: {a: {name: b}}\n", "f.yaml:1: models.a.name");
  refused_at("replicas: 0\n", "f.yaml:1: replicas");
  refused_at("replicas: []\n", "f.yaml:1: replicas");
  refused_at("replicas:\n  - seed: 1\n  - replicas: 2\n", "f.yaml:3: replicas[1].replicas");
  refused_at("replicas:\n  - include: x.yaml\n", "f.yaml:2: replicas[0].include");
  refused_at("replicas:\n  - threads: 1\n", "f.yaml:2: replicas[0].threads");
  refused_at("[]\n", "f.yaml:1");
  refused_at("a: [\n", "f.yaml:2");
}

TEST_CASE("keys that are no scenario's are kept for those who ask for them") {
  const std::string_view text = "threads: 2\nseed: 1\nlisten: 127.0.0.1:0\n";
  CHECK(refused_at(text, "f.yaml:1: threads"));
  const auto file = load(text, OtherKeys::kept);
  REQUIRE(file);
  REQUIRE(file->others.size() == 2);
  CHECK(file->others[0].first == "threads");
  CHECK(file->others[1].second.as_string() == "127.0.0.1:0");
}

}  // namespace
}  // namespace hopcost::mockserver
