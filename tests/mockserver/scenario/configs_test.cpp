// Every scenario that is shipped loads, and says what its name says.

#include <set>

#include <nlohmann/json.hpp>

#include "mockserver/scenario/load.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(HOPCOST_SOURCE) / "configs/backends";

ScenarioFile shipped(const std::string& name) {
  auto file = load_scenario(kFolder / (name + ".yaml"));
  if (!file) FAIL(file.error().to_string());
  return *file;
}

TEST_CASE("every shipped scenario loads and can be put into a running server") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    CAPTURE(entry.path().string());
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    const auto file = load_scenario(entry.path());
    REQUIRE(file);
    for (const auto& replica : file->replicas) {
      const auto again = with_changes({}, to_json(replica).dump());
      REQUIRE(again);
      CHECK(*again == replica);
    }
  }
  CHECK(count >= 7);
}

TEST_CASE("the shipped scenarios are what their names say") {
  const auto constant = shipped("constant-20ms").replicas[0];
  CHECK(constant.models[0].timing.itl == Distribution::constant(20e6));
  const auto vllm = shipped("vllm-like").replicas[0];
  CHECK(vllm.load.step);
  CHECK(vllm.prefix_cache.block_tokens == 16);
  CHECK(shipped("gpt-like").replicas[0].find_model("gpt-4o-2024-08-06")->name == "gpt-4o");
  const auto faulty = shipped("faulty").replicas[0];
  CHECK(faulty.models == constant.models);
  double share = 0;
  for (const auto& rule : faulty.faults) share += rule.probability;
  CHECK(share == Catch::Approx(0.1));
  CHECK_FALSE(shipped("rate-limited").replicas[0].limits.none());
  CHECK(shipped("echo").replicas[0].models[0].mode == AnswerStyle::Mode::echo);
  const auto unequal = shipped("unequal-replicas");
  REQUIRE(unequal.replicas.size() == 4);
  CHECK(unequal.replicas[1] == unequal.replicas[2]);
  CHECK_FALSE(unequal.replicas[0] == unequal.replicas[1]);
}

}  // namespace
}  // namespace hopcost::mockserver
