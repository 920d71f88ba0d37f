// Other load generators in place of ours, and what they say side by side. Real processes.

#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using hopcost::test::run_program;
using hopcost::test::StudyRun;
using hopcost::test::TemporaryFolder;

TEST_CASE("another load generator drives the rounds, and its figures stand beside ours") {
  const std::vector<std::string> asked{"--stack",       "reference", "--streaming", "on",
                                       "--concurrency", "1",         "--ceilings",  "off"};
  const StudyRun ours(asked);
  INFO(ours.outcome.out << ours.outcome.err);
  auto with_harness = asked;
  with_harness.insert(with_harness.end(), {"--harness", "hopcost"});
  const StudyRun theirs(with_harness);
  INFO(theirs.outcome.out << theirs.outcome.err);
  CHECK(theirs.record["environment"]["stacks"]["hopcost (harness)"].get<std::string>().find(
            "loadgen") != std::string::npos);
  REQUIRE(theirs.record["cells"].size() == 1);
  const auto& passes = theirs.record["cells"][0]["passes"];
  REQUIRE(passes.size() >= 3);
  for (const auto& pass : passes) {
    CHECK(pass["ok"] > 0);
    CHECK(pass["quantities"]["ttft.p50"] > 0);
    CHECK(pass["quantities"]["itl.p50"] > 0);
  }

  const auto beside =
      run_program({"overhead", "report", "--cross-check", ours.results(), theirs.results(),
                   "--output", (ours.folder.path() / "table.md").string()});
  INFO(beside.out << beside.err);
  CHECK(beside.code == 0);
  CHECK(beside.out.find("| hopcost | built in |") != std::string::npos);
  CHECK(beside.out.find("| hopcost | loadgen, hopcost") != std::string::npos);
  CHECK(beside.out.find("first token, median") != std::string::npos);
  CHECK(hopcost::test::read_file(ours.folder.path() / "table.md") == beside.out);
}

TEST_CASE("a load generator that fails is named with the last of what it printed") {
  const TemporaryFolder folder;
  const auto harness = folder.write("broken.yaml",
                                    "name: broken\nsummary: ends at once\npass:\n"
                                    "  files: {below/drive.sh: \"echo no luck today; exit 3\"}\n"
                                    "  command: [sh, \"{folder}/below/drive.sh\"]\n"
                                    "  result: lines.jsonl\n  form: lines\n");
  const StudyRun study({"--stack", "reference", "--streaming", "off", "--ceilings", "off",
                        "--concurrency", "1", "--harness", harness});
  INFO(study.outcome.out << study.outcome.err);
  CHECK(study.outcome.code != 0);
  CHECK((study.outcome.out + study.outcome.err).find("no luck today") != std::string::npos);
  CHECK((study.outcome.out + study.outcome.err).find("harness broken: ended with 3") !=
        std::string::npos);
}
