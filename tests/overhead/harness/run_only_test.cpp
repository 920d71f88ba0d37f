#include "overhead/harness/run_only.hpp"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "overhead/cluster/launcher_pods.hpp"
#include "overhead/harness/harness.hpp"
#include "tests/catch.hpp"
#include "tests/support/program.hpp"
#include "tests/support/variable.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::read_file;
using hopcost::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = R"(
endpoint:
  stack_name: &stack_name inference-scheduling-Qwen3-0.6B
  model: &model Qwen/Qwen3-0.6B
  namespace: &namespace $HOPCOST_TEST_NO_SPACE
  base_url: &url http://127.0.0.1:9
  hf_token_secret: llm-d-hf-token
control:
  work_dir: $HOPCOST_TEST_WORK/sub
  kubectl: kubectl
harness:
  name: &harness_name inference-perf
  results_pvc: ${HOPCOST_TEST_NO_PVC}
  namespace: *namespace
  parallelism: 1
  wait_timeout: 600
  image: somewhere/else:v1
env:
  - name: RAYON_NUM_THREADS
    value: "4"
workload:
  sanity_random:
  own:
    load: {type: constant, stages: [{rate: 1, duration: 30}]}
    server: {type: vllm, model_name: *model, base_url: *url, ignore_eos: true}
    data: {type: mock}
    storage: {local_storage: {path: /workspace}}
)";

Result<RunOnlyConfig> config_of(const TemporaryFolder& folder, const std::string& text) {
  return load_run_only(folder.write("config.yaml", text), Drive::here);
}

std::string complaint(const std::string& text) {
  const TemporaryFolder folder;
  const auto read = config_of(folder, text);
  return read ? "" : read.error().to_string();
}

/// A harness that is a shell script.
std::string script_harness(const TemporaryFolder& folder, const std::string& script) {
  return folder.write("script.yaml",
                      "name: script\nsummary: for a test\ncommand: [sh, -c, '" + script +
                          "', sh, \"{workload}\", \"{folder}\", \"{seed}\", \"{home}\"]\n");
}

RunOnlyConfig scripted(const TemporaryFolder& folder, const std::string& script) {
  RunOnlyConfig config;
  config.stack_name = "a/stack";
  config.model = "m";
  config.base_url = "http://127.0.0.1:9";
  config.work_dir = folder.path() / "work";
  config.harness = script_harness(folder, script);
  config.workloads.emplace_back("own", *parse_yaml("load: {stages: [{rate: 1, duration: 30}]}\n"
                                                   "storage: {local_storage: {path: /workspace}}\n",
                                                   "w.yaml"));
  return config;
}

Result<std::vector<WorkloadOutcome>> run(const RunOnlyConfig& config,
                                         const RunOnlyOptions& options = {},
                                         const std::stop_token& stop = {}) {
  return run_only(config, options, stop, [](const std::string&) {});
}

}  // namespace

TEST_CASE("llm-d's config.yaml is read, with anchors and variables") {
  const test::Variable work("HOPCOST_TEST_WORK", "/somewhere");
  const TemporaryFolder folder;
  const auto config = config_of(folder, kConfig);
  INFO((config ? "" : config.error().to_string()));
  REQUIRE(config);
  CHECK(config->stack_name == "inference-scheduling-Qwen3-0.6B");
  CHECK(config->model == "Qwen/Qwen3-0.6B");
  CHECK(config->work_dir == "/somewhere/sub");
  CHECK(config->harness == "inference-perf");
  CHECK(config->parallelism == 1);
  CHECK(config->wait_timeout == 600 * kSecond);
  REQUIRE(config->environment.size() == 1);
  CHECK(config->environment[0] == std::pair<std::string, std::string>("RAYON_NUM_THREADS", "4"));
  REQUIRE(config->workloads.size() == 2);
  // A name alone is the profile that comes with us, sent to this endpoint.
  const auto& [first, sanity] = config->workloads[0];
  CHECK(first == "sanity_random");
  CHECK(sanity.at("server.base_url")->as_string() == "http://127.0.0.1:9");
  CHECK(sanity.at("server.model_name")->as_string() == "Qwen/Qwen3-0.6B");
  CHECK(sanity.at("data.type")->as_string() == "random");
  CHECK(config->workloads[1].second.at("server.base_url")->as_string() == "http://127.0.0.1:9");
}

TEST_CASE("a file with an image is for launcher pods, and then what is about the cluster is used") {
  const test::Variable work("HOPCOST_TEST_WORK", "/somewhere");
  const test::Variable space("HOPCOST_TEST_NO_SPACE", "llm-d");
  const test::Variable claim("HOPCOST_TEST_NO_PVC", "workload-pvc");
  const TemporaryFolder folder;
  const auto file = folder.write("config.yaml", kConfig);
  const auto config = load_run_only(file, Drive::pods);
  INFO((config ? "" : config.error().to_string()));
  REQUIRE(config);
  REQUIRE(config->cluster);
  CHECK(config->cluster->name_space == "llm-d");
  CHECK(config->cluster->results_pvc == "workload-pvc");
  CHECK(config->cluster->image == "somewhere/else:v1");
  CHECK(config->cluster->token_secret == "llm-d-hf-token");
  CHECK(config->cluster->kubectl == "kubectl");
  // A pod would look for this machine's server in itself.
  const auto near = load_run_only(file);
  REQUIRE(near);
  CHECK_FALSE(near->cluster);
  auto elsewhere = std::string(kConfig);
  elsewhere.replace(elsewhere.find("127.0.0.1:9"), 11, "gateway.svc");
  const auto far = load_run_only(folder.write("far.yaml", elsewhere));
  REQUIRE(far);
  CHECK(far->cluster);

  const auto list = launchers_json(*config, "1765442721", 90 * kSecond);
  REQUIRE(list["items"].size() == 2);
  const auto& pod = list["items"][1];
  CHECK(pod["metadata"]["name"] == "lmdbench-inference-perf-1765442721-launcher");
  CHECK(pod["metadata"]["labels"]["app"] == pod["metadata"]["name"]);
  const auto& spec = pod["spec"];
  CHECK(spec["securityContext"]["runAsNonRoot"] == true);
  CHECK(spec["activeDeadlineSeconds"] == 90);
  const auto& container = spec["containers"][0];
  CHECK(container["resources"]["requests"] == container["resources"]["limits"]);
  CHECK(container["env"][0]["valueFrom"]["secretKeyRef"]["name"] == "llm-d-hf-token");

  // What a launcher gets is read there to the same workloads.
  const auto text = list["items"][0]["data"]["lmdbench-inference-perf-1765442721-launcher"];
  const auto inside = load_run_only(folder.write("inside.yaml", text.get<std::string>()));
  INFO(text.get<std::string>());
  INFO((inside ? "" : inside.error().to_string()));
  REQUIRE(inside);
  CHECK_FALSE(inside->cluster);
  CHECK(inside->work_dir == "/requests");
  CHECK(inside->stack_name == config->stack_name);
  CHECK(inside->wait_timeout == config->wait_timeout);
  CHECK(inside->environment == config->environment);
  REQUIRE(inside->workloads.size() == config->workloads.size());
  for (std::size_t i = 0; i < config->workloads.size(); ++i) {
    CHECK(inside->workloads[i].first == config->workloads[i].first);
    CHECK(inside->workloads[i].second.text() == config->workloads[i].second.text());
  }
}

TEST_CASE(
    "what workloads gave crosses from a launcher as it was, and nothing else is taken for it") {
  const std::vector<WorkloadOutcome> gave{
      {"a (x): b", {"/requests/one", "/requests/two"}, false, false}, {"c", {}, true, true}};
  const auto text = outcomes_text(gave);
  const auto read = outcomes_from(text);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].workload == "a (x): b");
  CHECK((*read)[0].folders == gave[0].folders);
  CHECK_FALSE((*read)[0].valid);
  CHECK((*read)[1].stopped);
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(outcomes_from(text.substr(0, size)));
  CHECK_FALSE(outcomes_from("{}"));
  CHECK_FALSE(outcomes_from(R"([{"workload": "a"}])"));
}

TEST_CASE("several launchers have names and results of their own") {
  const TemporaryFolder folder;
  auto config = scripted(folder, "true");
  config.harness = "inference_perf.v2";
  config.parallelism = 2;
  config.cluster = RunOnlyCluster{"n", "kubectl", "claim", "image:1", "2", "", ""};
  const auto list = launchers_json(config, "7", 0);
  REQUIRE(list["items"].size() == 3);
  CHECK_FALSE(list["items"][1]["spec"].contains("activeDeadlineSeconds"));
  CHECK(list["items"][2]["metadata"]["name"] == "lmdbench-inference-perf-v2-7-2-launcher");
  CHECK(list["items"][2]["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "2");
  const auto text = list["items"][0]["data"]["lmdbench-inference-perf-v2-7-2-launcher"];
  CHECK(text.get<std::string>().find("a/stack_2") != std::string::npos);
  CHECK(text.get<std::string>().find("parallelism: 1") != std::string::npos);
}

TEST_CASE("an image without a namespace or a volume is refused") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& harness) {
    const auto read = load_run_only(folder.write("config.yaml",
                                                 "endpoint: {stack_name: s, model: m, base_url: "
                                                 "'http://gateway.svc'}\nharness: {" +
                                                     harness + "}\nworkload: {sanity_random: }\n"));
    return read ? std::string() : read.error().to_string();
  };
  CHECK(refused("image: 'a:1'").find("namespace is missing") != std::string::npos);
  CHECK(refused("image: 'a:1', namespace: n").find("results_pvc is missing") != std::string::npos);
  CHECK(refused("image: 'a:1', namespace: n, results_pvc: p").empty());
}

TEST_CASE("a config.yaml that cannot be used is refused, with its line") {
  const std::string endpoint =
      "endpoint: {stack_name: s, model: m, base_url: 'http://127.0.0.1:9'}\n";
  CHECK(complaint("workload: {sanity_random: }\n").find("'endpoint' is missing") !=
        std::string::npos);
  CHECK(complaint(endpoint).find("'workload' is missing") != std::string::npos);
  CHECK(complaint(endpoint + "workload: {}\n").find("names no workload") != std::string::npos);
  CHECK(complaint(endpoint + "workload: {none_of_ours: }\n").find("no workload 'none_of_ours'") !=
        std::string::npos);
  CHECK(complaint("endpoint: {stack_name: s, model: m, base_url: nowhere}\n")
            .find("config.yaml:1: endpoint.base_url") != std::string::npos);
  CHECK(complaint("endpoint:\n  stack_name: s\n  model: $HOPCOST_TEST_NONE\n")
            .find("config.yaml:3: endpoint.model: the variable HOPCOST_TEST_NONE is not set") !=
        std::string::npos);
  CHECK(complaint(endpoint + "harness: {parallelism: 0}\n").find("must be from 1") !=
        std::string::npos);
  CHECK(complaint(endpoint + "harness: {dataset_url: 'https://x/y.json'}\n")
            .find("files are not fetched") != std::string::npos);
  CHECK(complaint(endpoint + "more: 1\nworkload: {sanity_random: }\n").find("unknown key") !=
        std::string::npos);
}

TEST_CASE("a config.yaml cut at every byte is read or refused, never more") {
  const TemporaryFolder folder;
  const std::string text = kConfig;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto read = config_of(folder, text.substr(0, size));
    if (!read) REQUIRE_FALSE(read.error().to_string().empty());
  }
}

TEST_CASE("a harness gets its workload, its folder and its environment") {
  const TemporaryFolder folder;
  auto config = scripted(folder, R"(cp "$1" "$2/seen.yaml"; echo out $SEEN; echo err >&2)");
  config.environment.emplace_back("SEEN", "yes");
  const auto outcomes = run(config, {.time_scale = 0.1, .changes = {"load.stages=3"}});
  // A list is no value that can be changed.
  CHECK_FALSE(outcomes);
  const auto done = run(config, {.time_scale = 0.1, .changes = {}});
  INFO((done ? "" : done.error().to_string()));
  REQUIRE(done);
  REQUIRE(done->size() == 1);
  const auto& outcome = done->front();
  CHECK(outcome.valid);
  REQUIRE(outcome.folders.size() == 1);
  const auto& where = outcome.folders.front();
  CHECK(where.parent_path() == folder.path() / "work");
  CHECK(where.filename().string().ends_with("_own_a_stack"));
  CHECK(read_file(where / "stdout.log") == "out yes\n");
  CHECK(read_file(where / "stderr.log") == "err\n");
  const auto seen = load_yaml(where / "seen.yaml");
  REQUIRE(seen);
  CHECK(seen->at("load.stages")->items()[0].at("duration")->as_double() == 3);
  CHECK(seen->at("storage.local_storage.path")->as_string() == where.string());
}

TEST_CASE("several processes have folders and seeds of their own") {
  const TemporaryFolder folder;
  auto config = scripted(folder, "echo $3");
  config.parallelism = 3;
  const auto outcomes = run(config);
  REQUIRE(outcomes);
  REQUIRE(outcomes->front().folders.size() == 3);
  for (int i = 1; i <= 3; ++i) {
    const auto& where = outcomes->front().folders[static_cast<std::size_t>(i - 1)];
    CHECK(where.filename().string().ends_with("_" + std::to_string(i)));
    CHECK(read_file(where / "stdout.log") == std::to_string(i) + "\n");
  }
}

TEST_CASE(
    "a harness that fails is an error with its last words, one whose figures do not count is not") {
  const TemporaryFolder folder;
  const auto failed = run(scripted(folder, "echo no such thing >&2; exit 3"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("ended with 3") != std::string::npos);
  CHECK(failed.error().message.find("no such thing") != std::string::npos);
  const auto doubtful = run(scripted(folder, "exit 2"));
  REQUIRE(doubtful);
  CHECK_FALSE(doubtful->front().valid);
}

TEST_CASE("a harness that takes too long is stopped, and so is one when we are asked to stop") {
  const TemporaryFolder folder;
  auto config = scripted(folder, "echo began; exec sleep 600");
  config.wait_timeout = 300 * kMillisecond;
  const auto late = run(config);
  REQUIRE_FALSE(late);
  CHECK(late.error().message.find("wait_timeout") != std::string::npos);
  CHECK(late.error().message.find("began") != std::string::npos);
  config.wait_timeout = 0;
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = run(config, {}, stop.get_token());
  REQUIRE(stopped);
  CHECK(stopped->front().stopped);
}

TEST_CASE("an unknown harness is answered with the known ones") {
  const auto unknown = find_harness("none-of-ours");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("inference-perf") != std::string::npos);
  const auto ours = find_harness("inference-perf");
  REQUIRE(ours);
  CHECK(ours->command.front() == "{bin}/loadgen");
}
