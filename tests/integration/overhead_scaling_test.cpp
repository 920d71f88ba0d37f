#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using namespace hopcost::test;

namespace {

/// Ceilings of one and two workers of the reference proxy with `arguments`.
struct ScalingRun {
  ScalingRun(const std::string& arguments, const std::string& pin)
      : study({"--stack", proxy_manifest(folder, "proxy", arguments), "--workers", "1,2",
               "--ceilings", "only", "--streaming", "off", "--pin", pin}) {}
  /// A proxy that adds nothing, in front of a backend with that scenario.
  ScalingRun(const std::string& scenario, const std::string& streaming, const std::string& tokens)
      : study({"--stack", "reference", "--workers", "1,2", "--ceilings", "only", "--streaming",
               streaming, "--output-tokens", tokens, "--backend-config",
               folder.write("backend.yaml", scenario)}) {}
  /// The one curve; where the machine was too busy for a verdict there may be none.
  [[nodiscard]] nlohmann::json curve() const {
    if (!study.record["scaling"].empty()) return study.record["scaling"][0];
    bool busy = false;
    for (const auto& cell : study.record["cells"]) busy = busy || cell["state"] == "no verdict";
    CHECK(busy);
    return {};
  }
  TemporaryFolder folder;
  StudyRun study;
};

}  // namespace

TEST_CASE("ceilings of one and two workers: a stack that burns CPU is limited by it") {
  const ScalingRun run(", --burn-cpu, 2ms", "auto");
  INFO(run.study.outcome.out << run.study.outcome.err);
  const auto curve = run.curve();
  if (curve.is_null()) return;
  const bool one_cpu = curve["stack_cpus"] == 1;
  CHECK(curve["diagnosis"]["code"] == (one_cpu ? "core_bound" : "linear"));
  CHECK(curve["points"][0]["throughput_per_s"]["value"].get<double>() < 600);
  CHECK(curve["points"][1]["stack_cores"].get<double>() > (one_cpu ? 0.8 : 1.6));
  CHECK(run.study.outcome.out.find("no fit of the Universal Scalability Law") != std::string::npos);
}

TEST_CASE("ceilings: one lock for all workers, an uneven deal, and waiting are told apart") {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  WARN("what an instrumented proxy costs is not what it burns: skipped");
  return;
#endif
  const std::vector<std::pair<std::string, std::string>> cases{
      {", --burn-cpu, 2ms, --burn-in-turn", "single_thread_bound"},
      {", --burn-cpu, 2ms, --deal-to-one", "accept_imbalance"},
      {", --add-delay, 50ms", "io_bound"}};
  for (const auto& [arguments, code] : cases) {
    const ScalingRun run(arguments, "off");
    INFO(run.study.outcome.out << run.study.outcome.err);
    const auto curve = run.curve();
    if (curve.is_null() || curve["stack_cpus"] == 1) continue;  // one CPU shows no difference
    CHECK(curve["diagnosis"]["code"] == code);
  }
}

TEST_CASE("ceilings: where the backend lets no more through, the stack is not blamed") {
  // Four at a time, 5 ms each: at most 800 a second, whoever asks.
  const ScalingRun run("load: {max_running: 4, step: {base: 5ms}}\n", "off", "1");
  INFO(run.study.outcome.out << run.study.outcome.err);
  const auto curve = run.curve();
  if (curve.is_null()) return;
  CHECK(curve["diagnosis"]["code"] == "backend_bound");
  for (const auto& point : curve["points"]) {
    CHECK(point["throughput_per_s"]["value"].get<double>() < 810);
  }
}

TEST_CASE("ceilings: where the load generator can read no more, the stack is not blamed") {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  WARN("an instrumented backend is slower than the generator: skipped");
  return;
#endif
  // Many events a write cost the mock and the proxy little, and the generator as much as ever.
  const ScalingRun run("events_per_write: 1024\n", "on", "2000");
  INFO(run.study.outcome.out << run.study.outcome.err);
  const auto curve = run.curve();
  if (curve.is_null()) return;
  CHECK(curve["diagnosis"]["code"] == "generator_bound");
}
