// `overhead run --on kubernetes` with real servers, and a client that stands in for kubectl: what a
// cluster would do is told by files. A real cluster: scripts/kubernetes.sh.

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/catch.hpp"
#include "tests/integration/study.hpp"
#include "tests/support/variable.hpp"

using hopcost::test::read_file;
using hopcost::test::RunningProgram;
using hopcost::test::StudyRun;
using hopcost::test::TemporaryFolder;
using hopcost::test::Variable;
using nlohmann::json;

namespace {

json pod(const std::string& role, const std::string& uid, const std::string& cpus) {
  json labels{{"hopcost/role", role}};
  if (role == "stack") labels["hopcost/stack"] = "reference";
  return {{"metadata", {{"name", role + "-pod"}, {"uid", uid}, {"labels", labels}}},
          {"spec",
           {{"nodeName", role == "stack" ? "node-2" : "node-1"},
            {"containers",
             {{{"image", "hopcost/x:1"}, {"resources", {{"limits", {{"cpu", cpus}}}}}}}}}},
          {"status", {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
}

json part(const std::string& name, int port) {
  const json container{{"name", "server"},
                       {"image", "hopcost/reference_proxy:1"},
                       {"env", {{{"name", "WORKERS"}, {"value", "1"}}}}};
  const json deployment{
      {"kind", "Deployment"},
      {"metadata", {{"name", name}, {"generation", 1}}},
      {"spec", {{"replicas", 1}, {"template", {{"spec", {{"containers", {container}}}}}}}},
      {"status",
       {{"observedGeneration", 1}, {"updatedReplicas", 1}, {"replicas", 1}, {"readyReplicas", 1}}}};
  // Its name is an address, so that it is found without a cluster's DNS.
  const json service{{"kind", "Service"},
                     {"metadata", {{"name", "127.0.0.1"}}},
                     {"spec", {{"ports", {{{"port", port}}}}}}};
  return {{"items", {deployment, service}}};
}

json node(const std::string& name, const std::string& boot) {
  return {{"metadata", {{"name", name}}},
          {"status", {{"nodeInfo", {{"bootID", boot}}}, {"capacity", {{"cpu", "8"}}}}}};
}

int port_of(RunningProgram& server) {
  const auto url = server.wait_for_line("listening on ");
  return std::atoi(url.substr(url.rfind(':') + 1).c_str());
}

/// A mock, the reference proxy before it, and the files that tell of them as of a cluster's.
struct FakeCluster {
  explicit FakeCluster(const std::string& second_boot, const std::string& stack_cpus = "2") {
    write("backend", part("vllm-server", port_of(mock)));
    write("stack", part("stack-reference", port_of(proxy)));
    const auto launcher = pod("launcher", "u1", "1");
    const auto backend = pod("backend", "u2", "1");
    write("launcher", {{"items", {launcher}}});
    write("pods", {{"items", {launcher, backend, pod("stack", "u3", stack_cpus)}}});
    write("lost", {{"items", {launcher, backend, pod("stack", "u4", stack_cpus)}}});
    write("nodes", {{"items", {node("node-1", "boot-1"), node("node-2", second_boot)}}});
    write("claims", {{"items", json::array()}});
    write("sight", {{"cpu_ns", {{"7", 1000}}},
                    {"reaped_ns", 0},
                    {"threads_ns", {{"7", 1000}}},
                    {"storage_bytes", nullptr},
                    {"memory_bytes", 4096},
                    {"workers", 2},
                    {"machine",
                     {{"cpu", "x"},
                      {"cpus", 8},
                      {"kernel", "k"},
                      {"governor", "g"},
                      {"clock_source", "c"},
                      {"memory_gib", 1.0}}}});
  }
  void write(const std::string& name, const json& value) const {
    (void)folder.write(name + ".json", value.dump());
  }
  [[nodiscard]] static std::vector<std::string> options() {
    return {
        "--on",          "kubernetes",
        "--namespace",   "somewhere",
        "--kubectl",     (hopcost::test::source() / "tests/integration/fake_kubectl.sh").string(),
        "--stack",       "reference",
        "--workers",     "2",
        "--replicas",    "3",
        "--concurrency", "2",
        "--streaming",   "off",
        "--ceilings",    "off"};
  }
  [[nodiscard]] static StudyRun run() { return StudyRun(options()); }

  TemporaryFolder folder;
  Variable where{"FAKE_CLUSTER", folder.path().string()};
  RunningProgram mock{{"mockserver", "--listen", "127.0.0.1:0", "--ttft", "1ms"}};
  RunningProgram proxy{{"reference_proxy", "--listen", "127.0.0.1:0", "--backend",
                        "http://127.0.0.1:" + std::to_string(port_of(mock))}};
};

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE(
    "a run on Kubernetes scales, starts anew for each restart, and drives from the launcher") {
  const FakeCluster cluster("boot-2");
  const auto study = cluster.run();
  INFO(study.outcome.out << study.outcome.err);
  // What two restarts on a busy machine say is left to chance; that they are judged is not.
  CHECK((study.outcome.code == 0 || study.outcome.code == 2));
  const auto asked = read_file(cluster.folder.path() / "asked");
  INFO(asked);
  CHECK(asked.find("scale deployment/stack-reference --replicas=3\n") != std::string::npos);
  CHECK(asked.find("set env deployment/stack-reference --containers server WORKERS=2\n") !=
        std::string::npos);
  CHECK(times(asked, "rollout restart deployment/stack-reference\n") == 2);
  CHECK(times(asked, "rollout restart deployment/vllm-server\n") == 2);
  CHECK(study.record["cells"][0]["backend"]["itl_ns"].is_null());  // its Deployment says it

  CHECK(study.record["environment"]["stacks"]["reference"] == "hopcost/reference_proxy:1");
  CHECK(study.record["config"].get<std::string>().find("namespace: \"somewhere\"") !=
        std::string::npos);
  REQUIRE(study.record["cells"].size() == 1);
  const auto& cell = study.record["cells"][0];
  CHECK(cell["workers_seen"]["seen"] == json{2});
  CHECK(cell["passes"].size() == 12);
  for (const auto& pass : cell["passes"]) {
    CHECK(pass["ok"] > 0);
    // On several machines no send time of one is compared with the clock of another.
    CHECK_FALSE(pass["quantities"].contains("to_backend.p50"));
  }
  const auto shared = study.check(0, "shared_cores");
  CHECK(shared["fired"] == true);
  CHECK(shared["blocking"] == false);
  CHECK(shared["evidence"].get<std::string>().find("stack on node-2") != std::string::npos);
}

TEST_CASE("nodes that are one machine promise its CPUs twice, and nothing has a verdict there") {
  const FakeCluster cluster("boot-1");
  const auto study = cluster.run();
  INFO(study.outcome.out << study.outcome.err);
  CHECK(study.outcome.code == 2);
  CHECK(study.record["cells"][0]["state"] == "no verdict");
  CHECK(study.check(0, "shared_cores")["blocking"] == true);
  CHECK(study.outcome.out.find("shared_cores") != std::string::npos);
  CHECK(study.outcome.out.find("nodes node-1 and node-2 are one machine") != std::string::npos);
}

TEST_CASE("a pod that is lost ends its stand-up, is named, and what was measured is kept") {
  const FakeCluster cluster("boot-2");
  // The look of the stand-up, of the warm-up's and trial's passes, and of the first of the rounds.
  const Variable loses("FAKE_LOSES", "12");
  const auto study = cluster.run();
  INFO(study.outcome.out << study.outcome.err);
  CHECK(study.outcome.code == 69);
  REQUIRE(study.record["failures"].size() == 1);
  CHECK(study.record["failures"][0].get<std::string>().find(
            "pod stack-pod on node-2: is gone since this restart began") != std::string::npos);
  CHECK(study.record["cells"].size() == 1);
}

TEST_CASE("stacks that have no Deployment are left out where the experiment says so, and named") {
  const FakeCluster cluster("boot-2");
  const TemporaryFolder folder;
  const auto file = folder.write("some.yaml",
                                 "skip_missing: true\nstacks: [reference, absent]\nmodes: [unary]\n"
                                 "concurrency: [1]\nceilings: off\n");
  auto options = FakeCluster::options();
  options.resize(6);  // which cluster
  options.insert(options.begin(), file);
  const StudyRun study(options);
  INFO(study.outcome.out << study.outcome.err);
  REQUIRE(study.record["left_out"].size() == 1);
  CHECK(study.record["left_out"][0].get<std::string>().find("absent: has no Deployment there") ==
        0);
  CHECK(study.record["cells"].size() == 1);
}

TEST_CASE("a run on Kubernetes that is stopped stops its pass there, and keeps what it has") {
  const FakeCluster cluster("boot-2");
  const TemporaryFolder results;
  std::vector<std::string> arguments{
      "overhead", "run", "--min-pass", "60s", "--output", results.path() / "run", "--quiet"};
  for (auto& option : FakeCluster::options()) arguments.push_back(std::move(option));
  RunningProgram run(std::move(arguments));
  const auto pid_file = cluster.folder.path() / "pass.pid";
  REQUIRE(hopcost::test::eventually([&] { return std::filesystem::exists(pid_file); }));
  run.signal(SIGINT);
  const int code = run.wait(std::chrono::seconds(30));
  INFO(run.out() << run.err());
  CHECK(code == 2);  // nothing has a verdict yet
  const auto record = json::parse(read_file(results.path() / "run" / "run.json"), nullptr, false);
  CHECK(record["cut_short"] == true);
  const int pid = std::atoi(read_file(pid_file).c_str());
  REQUIRE(pid > 1);
  CHECK(hopcost::test::eventually([&] { return kill(pid, 0) != 0; }));
}

TEST_CASE("what cannot be on Kubernetes is refused before anything is asked of it") {
  const auto refused = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"overhead", "run", "--on", "kubernetes"});
    return hopcost::test::run_program(std::move(more));
  };
  CHECK(refused({"--stack", "nginx", "--harness", "wrk"}).code == 64);
  CHECK(refused({"--baseline", "http://127.0.0.1:1", "--attach", "http://127.0.0.1:2"}).code == 64);
  CHECK(refused({"--stack", "nginx", "--stack-port", "8321"}).code == 64);
  CHECK(refused({"--stack", "nginx", "--ttft", "2ms"}).code == 64);
  const TemporaryFolder folder;
  const auto delays = folder.write("delays.yaml", "chunk_delays: [1ms, 5ms]\n");
  CHECK(refused({delays, "--stack", "nginx"}).err.find("chunk_delays") != std::string::npos);
  const auto absent = refused({"--stack", "nginx", "--kubectl", "no-such-client"});
  CHECK(absent.code == 69);
  CHECK(absent.err.find("no-such-client") != std::string::npos);
}
