// Changes while the server runs: partial, all or nothing, and shown as JSON that can be sent back.

#include <nlohmann/json.hpp>

#include "mockserver/scenario/load.hpp"
#include "tests/mockserver/scenario/folder.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

Scenario changed(std::string_view text, const Scenario& before = {}) {
  const auto after = with_changes(before, text);
  if (!after) FAIL(after.error().to_string());
  return *after;
}

std::string where_of(std::string_view text, const Scenario& before = {}) {
  const auto after = with_changes(before, text);
  return after ? "accepted" : after.error().where;
}

/// One with something of its own under every key.
Scenario rich() {
  const Folder folder;
  folder.write("gaps.txt", "1ms\n2.5ms\n");
  const auto file = load_scenario(folder.write("f.yaml", R"(
ttft: {distribution: lognormal, p50: 20ms, p99: 80ms}
itl: {distribution: empirical, trace: gaps.txt}
prefill_per_token: 10us
cached_prefill_per_token: 1us
role_early: true
mode: echo
output_tokens: {distribution: gamma, mean: 100, cv: 0.5, max: 900}
reasoning_tokens: 3
always_reasons: true
embedding_dimensions: 12
max_model_len: 4096
tokens_per_chunk: 2
events_per_write: 3
bytes_per_write: 4
system_fingerprint: fp_x
models:
  - plain
  - {name: "o\"wn\u00e9\U0001F600", aliases: [x, "null", "7"], system_fingerprint: null, ttft: 1ms}
seed: 9
load: {max_running: 4, max_waiting: 5, step: {base: 8ms, per_sequence: 50us}}
prefix_cache: {blocks: 64, block_tokens: 8}
profile: {repeat: 60s, phases: [{at: 1s, kind: ramp, factor: 3, for: 2s}]}
faults: ["mid-stream-stall; after=3; for=200ms", {fault: reset, probability: 0.125, when: {model: plain}}]
limits: {requests_per_minute: 60, tokens_per_minute: 1000, burst: 10s}
max_connections: 7
request_timeout: 1500ms
cors: true
ignore_fault_headers: true
)"));
  if (!file) FAIL(file.error().to_string());
  return file->replicas.at(0);
}

TEST_CASE("a change by JSON keeps what it does not name") {
  const auto after = changed(R"({"ttft":"2ms","itl":"0","output_tokens":7})", rich());
  for (const auto& model : after.models) {
    CHECK(model.timing.ttft == Distribution::constant(2e6));
    CHECK(model.timing.itl == Distribution::constant(0));
    CHECK(model.output_tokens == Distribution::constant(7).whole(1, kMaxTokens));
    CHECK(model.mode == AnswerStyle::Mode::echo);
  }
  CHECK(after.faults == rich().faults);
  CHECK(changed("{}", rich()) == rich());
}

TEST_CASE("a change may be YAML") {
  const auto after = changed("ttft: 2ms\nload:\n  max_running: 3\n");
  CHECK(after.models[0].timing.ttft == Distribution::constant(2e6));
  CHECK(after.load.max_running == 3);
}

TEST_CASE("a map is changed key by key, down to one key of a step engine") {
  const auto after = changed(R"({"load": {"step": {"base": "9ms"}}})", rich());
  CHECK(after.load.max_running == 4);
  REQUIRE(after.load.step);
  CHECK(after.load.step->base == 9 * kMillisecond);
  CHECK(after.load.step->per_sequence == 50 * kMicrosecond);
  CHECK_FALSE(changed(R"({"load": {"step": null}})", rich()).load.step);
  CHECK(changed(R"({"limits": {"burst": "1s"}})", rich()).limits.tokens_per_minute == 1000);
}

TEST_CASE("models are changed one by one by a map and all at once by a list") {
  const auto before = changed("models: {a: {itl: 1ms}, b: {itl: 2ms}}\nmode: echo");
  REQUIRE(before.find_model("mock-model") != nullptr);  // a map adds
  const auto one = changed("models: {a: {ttft: 3ms}}", before);
  CHECK(one.find_model("a")->timing.itl == Distribution::constant(1e6));
  CHECK(one.find_model("a")->timing.ttft == Distribution::constant(3e6));
  CHECK(one.find_model("b")->timing.ttft == Distribution::constant(0));
  const auto list = changed("models: [a, c]", before);
  REQUIRE(list.models.size() == 2);
  CHECK(list.find_model("a")->timing.itl == Distribution::constant(0));
  CHECK(list.find_model("c")->mode == AnswerStyle::Mode::echo);
}

TEST_CASE("a long table sent for all models is held once") {
  const auto after =
      changed("itl: {distribution: empirical, values: [1ms, 2ms]}", changed("models: [a, b]"));
  CHECK(after.models[0].timing.itl.values().size() == 2);
  CHECK(&after.models[0].timing.itl.values() == &after.models[1].timing.itl.values());
}

TEST_CASE("what is shown can be sent back, to any server") {
  const auto scenario = rich();
  const auto text = to_json(scenario).dump();
  CAPTURE(text);
  CHECK(changed(text) == scenario);
  CHECK(changed(text, scenario) == scenario);
  const Scenario plain;
  CHECK(changed(to_json(plain).dump()) == plain);
  CHECK(changed(to_json(plain).dump(), scenario) == plain);
  CHECK(changed(to_json(plain).dump(2), scenario) == plain);
}

TEST_CASE("what is shown begins with the keys of the simplest scenario, in their simplest form") {
  const json shown = to_json(Scenario{});
  CHECK(shown["ttft"] == "0");
  CHECK(shown["itl"] == "0");
  CHECK(shown["output_tokens"] == 64);
  CHECK(shown["role_early"] == false);
  CHECK(shown["models"] == json{"mock-model"});
}

TEST_CASE("a change that is wrong in one place changes nothing and says where and why") {
  CHECK(where_of(R"({"ttft":"20"})") == "body:1: ttft");
  CHECK(where_of(R"({"ttft":20})") == "body:1: ttft");
  CHECK(where_of("{\"seed\": 1,\n \"itl\": \"-1ms\"}") == "body:2: itl");
  CHECK(where_of(R"({"output_tokens":0})") == "body:1: output_tokens");
  CHECK(where_of(R"({"output_tokens":1.5})") == "body:1: output_tokens");
  CHECK(where_of(R"({"output_tokens":99999999999})") == "body:1: output_tokens");
  CHECK(where_of(R"({"role_early":1})") == "body:1: role_early");
  CHECK(where_of(R"({"tttf":"1ms"})") == "body:1: tttf");
  CHECK(where_of(R"({"models":{"a":{"itl":"x"}}})") == "body:1: models.a.itl");
  CHECK(where_of(R"({"load":{"max_running":-1}})") == "body:1: load.max_running");
  CHECK(where_of(R"({"load":{"step":{"base":"1ms"}}})").starts_with("body:1: load"));
  CHECK(where_of("[]") == "body");
  CHECK(where_of("") == "body");
  CHECK(where_of("seed").starts_with("body"));
  CHECK(where_of("{").starts_with("body:"));
  const auto error = with_changes({}, R"({"output_tokens":0})").error();
  CHECK(error.code == ErrorCode::usage);
  CHECK(error.message.find('1') != std::string::npos);  // from 1 to ...
}

TEST_CASE("a change over the network reads no file and names no variable") {
  const Folder folder;
  const auto secret = folder.write("secret.txt", "1ms\n").string();
  CHECK(where_of("include: " + secret) == "body:1: include");
  CHECK(where_of("replicas: 2") == "body:1: replicas");
  CHECK(where_of("record: " + secret) == "body:1: record");
  CHECK(where_of("replay: " + secret) == "body:1: replay");
  CHECK(where_of("api_keys_env: HOME") == "body:1: api_keys_env");
  CHECK(
      where_of("itl: {distribution: empirical, trace: " + secret + "}").starts_with("body:1: itl"));
  CHECK(where_of("output_tokens: {distribution: empirical, trace: " + secret + "}")
            .starts_with("body:1: output_tokens"));
}

TEST_CASE("what is fixed at the start may be sent back as it is shown, not otherwise") {
  const auto before =
      with_changes({}, "{replay: a.jsonl, record: /b, api_keys_env: K}", ChangeFrom::command_line);
  REQUIRE(before);
  CHECK(before->replay == "a.jsonl");
  CHECK(changed(to_json(*before).dump(), *before) == *before);
  CHECK(where_of(to_json(Scenario{}).dump(), *before) == "body:1: api_keys_env");
}

TEST_CASE("JSON that YAML cannot read is read all the same") {
  const auto after = changed(R"({"models": ["\ud83d\ude00", "a\/b"], "output_tokens": {"value": 3,
      "distribution": "constant"}})");
  REQUIRE(after.models.size() == 2);
  CHECK(after.models[0].name == "\xf0\x9f\x98\x80");
  CHECK(after.models[1].name == "a/b");
  CHECK(changed("{\t\"seed\"\t:\t5\t}").seed == 5);
}

}  // namespace
}  // namespace hopcost::mockserver
