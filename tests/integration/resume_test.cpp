#include <map>
#include <signal.h>
#include <tuple>

#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

constexpr int kRestarts = 3;

std::vector<std::string> run_arguments(const std::string& results) {
  return {"overhead",
          "run",
          "--stack",
          "reference",
          "--concurrency",
          "1,2",
          "--min-pass",
          "50ms",
          "--ceilings",
          "off",
          "--streaming",
          "off",
          "--rounds",
          "2",
          "--quiet",
          "--output",
          results,
          "--restarts",
          std::to_string(kRestarts)};
}

nlohmann::json record_in(const TemporaryFolder& folder) {
  return nlohmann::json::parse(read_file(folder.path() / "run.json"));
}

/// How often each pass stands in the record, by cell, restart, round and arm.
std::map<std::tuple<std::string, int, int, std::string>, int> passes_in(
    const nlohmann::json& record) {
  std::map<std::tuple<std::string, int, int, std::string>, int> counted;
  for (const auto& cell : record["cells"]) {
    for (const auto& pass : cell["passes"]) {
      ++counted[{cell["id"].get<std::string>(), pass["restart"].get<int>(),
                 pass["round"].get<int>(), pass["arm"].get<std::string>()}];
    }
  }
  return counted;
}

}  // namespace

TEST_CASE("a run that was cut short is gone on with: what was measured stays, the rest is added") {
  const TemporaryFolder folder;
  const auto results = folder.path().string();
  {
    RunningProgram run(run_arguments(results));
    REQUIRE(eventually([&] { return std::filesystem::exists(folder.path() / "run.json"); },
                       std::chrono::seconds(60)));
    run.signal(SIGINT);
    run.wait();
  }
  const auto before = record_in(folder);
  REQUIRE(before["cut_short"] == true);

  const auto resumed = run_program({"overhead", "run", "--resume", results, "-q"});
  INFO(resumed.err);
  CHECK((resumed.code == 0 || resumed.code == 2));
  const auto after = record_in(folder);
  CHECK(after["cut_short"] == false);
  CHECK(after["started_at"] == before["started_at"]);
  CHECK(after["seed"] == before["seed"]);
  CHECK(after["resumed_at"].size() == 1);
  CHECK(after["took_s"].get<double>() > before["took_s"].get<double>());
  const auto passes = passes_in(after);
  CHECK(passes.size() == 2U * kRestarts * 2U * 3U);  // cells, restarts, rounds, arms
  for (const auto& [pass, times] : passes) CHECK(times == 1);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& old = before["cells"][i]["passes"];
    const auto& now = after["cells"][i]["passes"];
    REQUIRE(old.size() <= now.size());
    CHECK(nlohmann::json(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(old.size())) ==
          nlohmann::json(old.begin(), old.end()));
    CHECK(after["cells"][i]["backend"] == before["cells"][i]["backend"]);
  }

  // There is nothing left to do, and nothing is done again.
  const auto again = run_program({"overhead", "run", "--resume", results, "-q"});
  CHECK(again.code == resumed.code);
  CHECK(passes_in(record_in(folder)) == passes);
}

TEST_CASE("a run of another machine, or with other wishes, is not gone on with") {
  const TemporaryFolder folder;
  const auto results = folder.path().string();
  auto arguments = run_arguments(results);
  arguments.back() = "2";
  REQUIRE(run_program(arguments).code != 64);
  const auto file = folder.path() / "run.json";
  auto record = record_in(folder);
  record["environment"]["kernel"] = "1.0";
  (void)folder.write("run.json", record.dump());
  const auto other = run_program({"overhead", "run", "--resume", results, "-q"});
  CHECK(other.code == 64);
  CHECK(other.err.find("kernel '1.0' then") != std::string::npos);
  CHECK(nlohmann::json::parse(read_file(file)) == record);

  const auto wishes = run_program({"overhead", "run", "--resume", results, "--rounds", "4"});
  CHECK(wishes.code == 64);
  CHECK(wishes.err.find("not with --rounds") != std::string::npos);
}
