// llm-d-inference-sim's names for what we have.

#include <nlohmann/json.hpp>

#include "mockserver/scenario/llm_d_names.hpp"
#include "mockserver/scenario/load.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

Scenario scenario_of(const LlmDFlags& said) {
  const auto changes = llm_d_changes(said);
  if (!changes) FAIL(changes.error().to_string());
  const auto scenario = with_changes({}, changes->dump(), ChangeFrom::command_line);
  if (!scenario) FAIL(scenario.error().to_string());
  return *scenario;
}

std::string where_of(const LlmDFlags& said) {
  const auto changes = llm_d_changes(said);
  return changes ? "accepted" : changes.error().where;
}

TEST_CASE("a bare number is milliseconds, as in its older versions") {
  for (const auto* text : {"20", "20ms", "0.02s"}) {
    const auto scenario =
        scenario_of({{"--time-to-first-token", {text}}, {"--inter-token-latency", {text}}});
    CHECK(scenario.models[0].timing.ttft == Distribution::constant(20e6));
    CHECK(scenario.models[0].timing.itl == Distribution::constant(20e6));
  }
}

TEST_CASE("a standard deviation makes a normal distribution, cut as there") {
  const auto scenario =
      scenario_of({{"--inter-token-latency", {"20"}}, {"--inter-token-latency-std-dev", {"5ms"}}});
  const auto& itl = scenario.models[0].timing.itl;
  CHECK(itl == Distribution::normal(20e6, 5e6).clipped(6e6, 34e6));
  CHECK(where_of({{"--inter-token-latency-std-dev", {"5"}}}) == "--inter-token-latency-std-dev");
  CHECK(where_of({{"--time-to-first-token", {"10"}}, {"--time-to-first-token-std-dev", {"4"}}}) ==
        "--time-to-first-token-std-dev");
}

TEST_CASE("prefill costs count where there is no time to the first token") {
  const LlmDFlags prefill{{"--prefill-overhead", {"5ms"}}, {"--prefill-time-per-token", {"10us"}}};
  const auto timing = scenario_of(prefill).models[0].timing;
  CHECK(timing.ttft == Distribution::constant(5e6));
  CHECK(timing.prefill_per_token == 10 * kMicrosecond);
  auto both = prefill;
  both["--time-to-first-token"] = {"7"};
  CHECK(scenario_of(both).models[0].timing.ttft == Distribution::constant(7e6));
  CHECK(scenario_of(both).models[0].timing.prefill_per_token == 0);
}

TEST_CASE("limits, load and names mean what they mean there") {
  const auto scenario = scenario_of({{"--served-model-name", {"a", "b"}},
                                     {"--max-num-seqs", {"5"}},
                                     {"--max-waiting-queue-length", {"10"}},
                                     {"--time-factor-under-load", {"2.5"}},
                                     {"--default-embedding-dimensions", {"384"}}});
  CHECK(scenario.models.size() == 2);
  CHECK(scenario.load.max_running == 5);
  CHECK(scenario.load.max_waiting == 10);
  CHECK(scenario.load.slowdown == 2.5);
  CHECK(scenario.models[1].embedding_dimensions == 384);
}

TEST_CASE("failures are shared out evenly over the types") {
  const auto scenario =
      scenario_of({{"--failure-injection-rate", {"30"}},
                   {"--failure-types", {"rate_limit", "server_error", "context_length"}}});
  REQUIRE(scenario.faults.size() == 3);
  double silent = 1;
  for (const auto& rule : scenario.faults) {
    CHECK(silent * rule.probability == Catch::Approx(0.1));
    silent *= 1 - rule.probability;
  }
  CHECK(silent == Catch::Approx(0.7));
  CHECK(scenario.faults[0].fault.status == 429);
  CHECK(scenario.faults[2].fault.code == "context_length_exceeded");
  CHECK(scenario_of({{"--failure-injection-rate", {"100"}}}).faults.back().probability == 1);
  CHECK(scenario_of({{"--failure-injection-rate", {"0"}}}).faults.empty());
}

TEST_CASE("what makes no sense is refused by its flag") {
  CHECK(where_of({{"--failure-injection-rate", {"101"}}}) == "--failure-injection-rate");
  CHECK(where_of({{"--failure-injection-rate", {"often"}}}) == "--failure-injection-rate");
  CHECK(where_of({{"--failure-types", {"rate_limit"}}}) == "--failure-types");
  CHECK(where_of({{"--failure-injection-rate", {"5"}}, {"--failure-types", {"gremlins"}}}) ==
        "--failure-types");
  CHECK(where_of({{"--time-to-first-token", {"soon"}}}) == "--time-to-first-token");
  CHECK(where_of({{"--time-factor-under-load", {"0.5"}}}) == "--time-factor-under-load");
}

}  // namespace
}  // namespace hopcost::mockserver
