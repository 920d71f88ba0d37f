#include "overhead/plan/experiment.hpp"

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;

namespace {

std::string error_of(const std::string& yaml) {
  const TemporaryFolder folder;
  const auto loaded = load_experiment(folder.write("x.yaml", yaml));
  REQUIRE_FALSE(loaded);
  return loaded.error().to_string();
}

}  // namespace

TEST_CASE("an experiment file lays factors over the defaults, treatment by treatment") {
  const TemporaryFolder folder;
  const auto loaded = load_experiment(folder.write("x.yaml",
                                                   "name: mine\n"
                                                   "restarts: 6\n"
                                                   "concurrency: [1, 32]\n"
                                                   "modes: [stream]\n"
                                                   "itl: 250us\n"
                                                   "treatments:\n"
                                                   "  - stacks: [nginx]\n"
                                                   "    workers: [1, 2]\n"
                                                   "  - stacks: [reference]\n"
                                                   "    replicas: [1, 2]\n"));
  REQUIRE(loaded);
  CHECK(loaded->name == "mine");
  CHECK(loaded->itl == 250 * kMicrosecond);
  CHECK(loaded->trial());
  const auto plans = plan_standups(*loaded);
  REQUIRE(plans.size() == 4);
  CHECK(plans[0].id() == "nginx-w1-r1");
  CHECK(plans[1].id() == "nginx-w2-r1");
  CHECK(plans[3].id() == "reference-w1-r2");
  CHECK(plans[0].levels == std::vector<Level>{{1, Mode::stream},
                                              {32, Mode::stream},
                                              {16, Mode::stream, Load::ceiling}});
  Factors only;
  only.modes = {Mode::unary};
  only.ceilings = Ceilings::only;
  CHECK(levels_of({}, only, 4) == std::vector<Level>{{32, Mode::unary, Load::ceiling}});
  CHECK(error_of("ceilings: high\n").find("must be off, on or only") != std::string::npos);
  CHECK(plans[1].levels.back() == Level{16, Mode::stream, Load::ceiling});
  CHECK(cell_id(plans[0], {32, Mode::stream}) == "nginx-w1-r1-c32-stream");
  CHECK(cell_id(plans[0], {16, Mode::stream, Load::ceiling}) == "nginx-w1-r1-max-stream");
}

TEST_CASE("users that begin one after another have begun before a pass counts") {
  Experiment experiment;
  CHECK(warmup_of(experiment, {8, Mode::unary}) == experiment.warmup);
  experiment.spawn_per_s = 4;
  CHECK(warmup_of(experiment, {8, Mode::unary}) == 2 * kSecond);
  CHECK(spawn_per_s_of(experiment, {8, Mode::unary}) == 4);
  // Neither a rate nor a ceiling has users who arrive.
  CHECK(warmup_of(experiment, {8, Mode::unary, Load::ceiling}) == experiment.warmup);
  Level open_loop{8, Mode::unary};
  open_loop.rate_per_s = 100;
  CHECK(warmup_of(experiment, open_loop) == experiment.warmup);
  CHECK(error_of("spawn_rate: 0\n").find("must be above 0") != std::string::npos);
}

TEST_CASE("config.yaml reads back to the experiment it was written from") {
  Experiment experiment;
  experiment.name = "again";
  experiment.seed = 99;
  experiment.itl = 1500 * kMicrosecond;
  experiment.pin = false;
  experiment.spawn_per_s = 2.5;
  experiment.treatments.push_back({.stacks = {"nginx-default"},
                                   .workers = {1, 2},
                                   .backend_replicas = {1, 4},
                                   .concurrency = {4},
                                   .rates = {250},
                                   .modes = {Mode::unary},
                                   .prompt_lengths = {32, 500},
                                   .output_lengths = {16, 64},
                                   .chunk_delays = {kMillisecond},
                                   .ceilings = Ceilings::only});
  const TemporaryFolder folder;
  const auto loaded = load_experiment(folder.write("config.yaml", to_yaml(experiment)));
  REQUIRE(loaded);
  CHECK(to_yaml(*loaded) == to_yaml(experiment));
  CHECK(loaded->treatments.size() == 2);
  CHECK(loaded->seed == 99);
}

TEST_CASE("a wrong field is one error with file, line and field") {
  CHECK(error_of("name: x\nrestart: 4\n").ends_with("x.yaml:2: restart: unknown key"));
  CHECK(error_of("rounds: 3\n").find("x.yaml:1: rounds: must be even") != std::string::npos);
  CHECK(error_of("\nworkers: [0]\n").find("x.yaml:2: workers[0]: must be from 1") !=
        std::string::npos);
  CHECK(error_of("modes: [both]\n").find("must be unary or stream, not 'both'") !=
        std::string::npos);
  CHECK(error_of("ttft: 5\n").find("'5' is not a number with a unit") != std::string::npos);
  CHECK(error_of("treatments:\n  - stack: [nginx]\n").find("x.yaml:2: treatments[0].stack") !=
        std::string::npos);
  CHECK(load_experiment("/no/such/file.yaml").error().exit_code() == 64);
}

TEST_CASE("an experiment over endpoints that somebody else runs reads back, and has no stacks") {
  Experiment experiment;
  experiment.attach = Attach{"http://127.0.0.1:8000",
                             "http://127.0.0.1:8321/v1/openai",
                             "llama",
                             "vllm/llama",
                             "VLLM_KEY",
                             "http://127.0.0.1:8321/metrics",
                             4242};
  const TemporaryFolder folder;
  const auto loaded = load_experiment(folder.write("config.yaml", to_yaml(experiment)));
  REQUIRE(loaded);
  REQUIRE(loaded->attach);
  CHECK(to_yaml(*loaded) == to_yaml(experiment));
  CHECK(loaded->attach->model == "vllm/llama");
  CHECK(loaded->attach->pid == 4242);
  const auto plans = plan_standups(*loaded);
  REQUIRE(plans.size() == 1);
  CHECK(plans[0].attached());
  CHECK(plans[0].id() == "attached");
  CHECK(cell_id(plans[0], {8, Mode::stream}) == "attached-c8-stream");
  CHECK(error_of("attach: {baseline: http://127.0.0.1:1}\n").find("stack") != std::string::npos);
}

TEST_CASE("rates are open loops, instead of users where none are listed") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& yaml) {
    const auto loaded = load_experiment(folder.write("x.yaml", yaml));
    REQUIRE(loaded);
    return *loaded;
  };
  const auto open = read(
      "stacks: [nginx]\nmodes: [unary]\nrates: [50/s, 600/m]\narrival: constant\n"
      "max_in_flight: 32\n");
  const auto plans = plan_standups(open);
  REQUIRE(plans.size() == 1);
  REQUIRE(plans[0].levels.size() == 2);
  const auto& level = plans[0].levels[1];
  CHECK(level.rate_per_s == 10);
  CHECK(level.concurrency == 32);
  CHECK(users_text(level) == "10/s");
  CHECK(cell_id(plans[0], level) == "nginx-w1-r1-q10-unary");
  const auto again = read(to_yaml(open));
  CHECK(plan_standups(again)[0].levels == plans[0].levels);
  CHECK(again.arrival == loadgen::Arrival::Kind::constant);
  const auto both = read("concurrency: [4]\nrates: [50/s]\nmodes: [unary]\nstacks: [nginx]\n");
  CHECK(plan_standups(both)[0].levels.size() == 2);
  CHECK(error_of("rates: [50]\n").find("rates[0]") != std::string::npos);
  CHECK(error_of("arrival: often\n").find("poisson") != std::string::npos);
}
