#include "loadgen/profile/profile.hpp"

#include <map>

#include "common/folders.hpp"
#include "loadgen/options.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

using Values = std::vector<std::string>;

YamlNode document(const std::string& text) {
  const auto root = parse_yaml(text, "w.yaml");
  REQUIRE(root);
  return *root;
}

Profile profile_of(const std::string& text) {
  const auto read = catch_errors([&] { return decode_profile(document(text)); });
  INFO((read ? "" : read.error().to_string()));
  REQUIRE(read);
  return *read;
}

std::string complaint(const std::string& text) {
  const auto read = catch_errors([&] { return decode_profile(document(text)); });
  return read ? "" : read.error().to_string();
}

std::map<std::string, Values> by_option(const Settings& settings) {
  return {settings.begin(), settings.end()};
}

/// What loadgen makes of a command line.
Program program_of(Values arguments) {
  arguments.insert(arguments.begin(), "loadgen");
  std::vector<const char*> words;
  for (const auto& argument : arguments) words.push_back(argument.c_str());
  Program program;
  const auto code = parse_options(static_cast<int>(words.size()), words.data(), program);
  REQUIRE_FALSE(code.has_value());
  return program;
}

/// llm-d's example, with its address changed.
constexpr const char* kSharedPrefix = R"(
load:
  type: constant
  stages:
  - rate: 2
    duration: 40
  - rate: 5
    duration: 50
api:
  type: completion
  streaming: true
server:
  type: vllm
  model_name: Qwen/Qwen3-0.6B
  base_url: http://127.0.0.1:8000
  ignore_eos: true
tokenizer:
  pretrained_model_name_or_path: Qwen/Qwen3-0.6B
data:
  type: shared_prefix
  shared_prefix:
    num_groups: 32
    num_prompts_per_group: 31
    system_prompt_len: 2048
    question_len: 256
    output_len: 255
report:
  request_lifecycle:
    summary: true
    per_stage: false
    per_request: true
storage:
  local_storage:
    path: /workspace
)";

}  // namespace

TEST_CASE("stages of a rate and a duration, prompts with shared beginnings") {
  const auto profile = profile_of(kSharedPrefix);
  CHECK(by_option(profile.load) == std::map<std::string, Values>{{"warmup", {"0"}},
                                                                 {"timeout", {"10m"}},
                                                                 {"max-in-flight", {"1000"}},
                                                                 {"stages", {"2/s:40s,5/s:50s"}}});
  CHECK(by_option(profile.requests) ==
        std::map<std::string, Values>{
            {"shared-prefix", {"groups=32,prompts=31,system=2048,question=256"}},
            {"output-tokens", {"255"}}});
  const auto rest = by_option(profile.rest);
  CHECK(rest.at("api") == Values{"completions"});
  CHECK(rest.at("stream") == Values{"true"});
  CHECK(rest.at("model") == Values{"Qwen/Qwen3-0.6B"});
  CHECK(rest.at("url") == Values{"http://127.0.0.1:8000"});
  CHECK(rest.at("ignore-eos") == Values{"true"});
  CHECK(rest.at("tokenizer") == Values{"Qwen/Qwen3-0.6B"});
  // 2 x 40 + 5 x 50, and room for more.
  CHECK(std::stoi(rest.at("record").front()) > 330);
  CHECK(profile.summary);
  CHECK_FALSE(profile.per_stage);
  CHECK(profile.per_request);
}

TEST_CASE("random lengths in each of their forms") {
  const auto lengths = [](const std::string& distribution) {
    const auto profile =
        profile_of("data: {type: random, input_distribution: {" + distribution + "}}");
    return by_option(profile.requests).at("prompt-tokens").front();
  };
  CHECK(lengths("min: 10, max: 100, mean: 50, std: 10, total_count: 100") ==
        "normal(50,10,10-100)");
  CHECK(lengths("min: 10, max: 100, mean: 50, std_dev: 2.5") == "normal(50,2.5,10-100)");
  CHECK(lengths("mean: 50, std: 0") == "50");
  CHECK(lengths("type: uniform, min: 3, max: 9") == "3-9");
  CHECK(lengths("type: lognormal, min: 3, max: 9, mean: 5, std: 1") == "lognormal(5,1,3-9)");
  CHECK(lengths("type: fixed, mean: 12") == "12");
  CHECK(lengths("") == "normal(512,200,10-1024)");  // its own defaults
}

TEST_CASE("what it draws by chance, in pauses, and with users") {
  const auto poisson = by_option(
      profile_of("load: {type: poisson, interval: 3, num_workers: 4, worker_max_concurrency: 50, "
                 "request_timeout: 20, base_seed: 7, request_retries: 2, "
                 "request_retry_backoff_sec: 0.5, stages: [{rate: 0.5, duration: 60}, "
                 "{rate: 2, duration: 60}]}")
          .load);
  CHECK(poisson.at("stages") == Values{"0.5/s:60s,0:3s,2/s:60s"});
  CHECK(poisson.at("arrival") == Values{"poisson"});
  CHECK(poisson.at("max-in-flight") == Values{"200"});
  CHECK(poisson.at("timeout") == Values{"20s"});
  CHECK(poisson.at("seed") == Values{"7"});
  CHECK(poisson.at("retries") == Values{"2"});
  CHECK(poisson.at("retry-base") == Values{"0.5s"});
  const auto users =
      by_option(profile_of("load: {type: concurrent, stages: [{concurrency_level: 1, "
                           "num_requests: 50}, {concurrency_level: 8, "
                           "num_requests: 50}]}")
                    .load);
  CHECK(users.at("sweep") == Values{"concurrency=1,8"});
  CHECK(users.at("requests") == Values{"50"});
  const auto wide = by_option(
      profile_of("load: {num_workers: 2, worker_max_concurrency: 8, sweep: {num_stages: 1}}").load);
  CHECK(wide.at("max-in-flight") == Values{"16"});
  const auto sweep = by_option(
      profile_of("load: {sweep: {type: linear, num_stages: 4, stage_duration: 30}}").load);
  CHECK(sweep.at("sweep") == Values{"between=6"});
  CHECK(sweep.at("duration") == Values{"30s"});
}

TEST_CASE("what loadgen does not do is refused, with its line") {
  CHECK(complaint("load:\n  stages: []\n") == "w.yaml:1: load: needs stages");
  CHECK(complaint("load:\n  type: trace_replay\n").find("w.yaml:2: load.type: must be") == 0);
  CHECK(complaint("load:\n  stages:\n  - {rate: 0, duration: 5}\n").find("must be above 0") !=
        std::string::npos);
  CHECK(complaint("load: {type: concurrent, stages: [{concurrency_level: 1, num_requests: 5}, "
                  "{concurrency_level: 2, num_requests: 6}]}")
            .find("as many requests as the first, 5") != std::string::npos);
  CHECK(complaint("api: {type: audio}").find("completion or chat") != std::string::npos);
  CHECK(complaint("server: {api_key: secret}").find("--api-key-env") != std::string::npos);
  CHECK(complaint("server: {api_key: hush}").find("hush") == std::string::npos);
  CHECK(complaint("data: {type: cnn_dailymail}").find("data.type: must be") != std::string::npos);
  CHECK(complaint("data: {type: shareGPT}").find("'path' is missing") != std::string::npos);
  CHECK(complaint("data: {type: random, input_distribution: {min: 9, max: 8}}")
            .find("min is above") != std::string::npos);
  CHECK(complaint("circuit_breakers: []").find("unknown key") != std::string::npos);
  CHECK(complaint("storage: {google_cloud_storage: {}}").find("unknown key") != std::string::npos);
}

TEST_CASE("a profile cut at every byte is read or refused, never more") {
  const std::string text = kSharedPrefix;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto root = parse_yaml(text.substr(0, size), "w.yaml");
    if (!root || !root->is_map()) continue;
    const auto read = catch_errors([&] { return decode_profile(*root); });
    if (!read) REQUIRE(read.error().where.starts_with("w.yaml"));
  }
}

TEST_CASE("values are changed by their path, one that is not there is refused") {
  auto root = document(kSharedPrefix);
  REQUIRE(change_values(root, {"data.shared_prefix.output_len=64", "api.type=chat"}));
  const auto profile = decode_profile(root);
  CHECK(by_option(profile.requests).at("output-tokens") == Values{"64"});
  CHECK(by_option(profile.rest).at("api") == Values{"chat"});
  CHECK(change_values(root, {"data.shared_prefix.output=64"})
            .error()
            .message.find("no value data.shared_prefix.output") != std::string::npos);
  CHECK_FALSE(change_values(root, {"data.shared_prefix=64"}));
  CHECK_FALSE(change_values(root, {"no equals sign"}));
}

TEST_CASE("the profiles that come with us are read, and are known by name") {
  for (const auto* const name :
       {"sanity_random", "chatbot_synthetic", "shared_prefix_synthetic", "shared_prefix",
        "summarization_synthetic", "code_completion_synthetic"}) {
    const auto root = load_profile(name);
    INFO(name);
    REQUIRE(root);
    CHECK(is_profile(*root));
    CHECK(catch_errors([&] { return decode_profile(*root); }));
  }
  const auto unknown = load_profile("nothing_of_ours");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find(" sanity_random") != std::string::npos);
}

TEST_CASE("a command line goes before the profile, and --config takes a profile too") {
  const auto plain = program_of({"http://127.0.0.1:1", "--workload", "shared_prefix"});
  CHECK(plain.run.stages.size() == 3);
  CHECK(plain.run.prefix.groups == 8);
  CHECK(plain.run.stream);
  CHECK(plain.run.ignore_eos);
  CHECK(plain.run.warmup == 0);
  CHECK(plain.run.targets.size() == 1);
  const auto own_load = program_of({"http://127.0.0.1:1", "--workload", "shared_prefix",
                                    "--concurrency", "4", "--duration", "2s"});
  CHECK(own_load.run.stages.empty());
  CHECK(own_load.run.concurrency == 4);
  CHECK(own_load.run.prefix.groups == 8);
  const auto changed = program_of({"http://127.0.0.1:1", "--workload", "shared_prefix",
                                   "--override", "data.shared_prefix.num_groups=3"});
  CHECK(changed.run.prefix.groups == 3);
  const auto configs = configs_folder("workloads");
  REQUIRE(configs);
  const auto file = *configs / "workloads" / "shared_prefix.yaml";
  const auto config = program_of({"http://127.0.0.1:1", "--config", file.string()});
  CHECK(config.run.stages.size() == 3);
  CHECK(config.run.prefix.groups == 8);
}
