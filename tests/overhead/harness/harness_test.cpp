#include "overhead/harness/harness.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::TemporaryFolder;

TEST_CASE("every harness of the repository is read, and can be used or says why not") {
  const auto all = load_all_harnesses();
  INFO((all ? "" : all.error().to_string()));
  REQUIRE(all);
  std::vector<std::string> names;
  for (const auto& harness : *all) {
    CAPTURE(harness.name);
    names.push_back(harness.name);
    CHECK(harness.file.stem() == harness.name);
    CHECK_FALSE(harness.summary.empty());
    if (!harness.not_installable.empty()) {
      const auto missing = what_is_missing(harness);
      REQUIRE(missing);
      CHECK(missing->find(harness.not_installable) != std::string::npos);
    }
    // What pip installs is pinned.
    for (const auto& package : harness.install.packages) {
      CHECK(package.find("==") != std::string::npos);
    }
  }
  for (const char* known :
       {"aiperf", "fmperf", "guidellm", "hopcost", "inference-perf", "inference-perf-itself",
        "inferencemax", "locust", "nop", "vllm-bench", "wrk"}) {
    CHECK(std::ranges::find(names, known) != names.end());
  }
  CHECK_FALSE(what_is_missing(*find_harness("hopcost")));
}

TEST_CASE("a harness's mistakes are named with file, line and field") {
  const TemporaryFolder folder;
  const auto complaint = [&](const std::string& text) {
    const auto harness = load_harness(folder.write("h.yaml", text));
    REQUIRE_FALSE(harness);
    return harness.error().to_string();
  };
  CHECK(complaint("name: h\nsummary: s\n").find("neither a command nor a pass") !=
        std::string::npos);
  const auto unknown_form =
      complaint("name: h\nsummary: s\npass:\n  command: [x]\n  result: r\n  form: csv\n");
  CHECK(unknown_form.find("h.yaml:6") != std::string::npos);
  CHECK(unknown_form.find("must be one of aiperf, guidellm") != std::string::npos);
  CHECK(complaint("name: h\nsummary: s\ncommand: [x]\nspeed: 3\n").find("speed") !=
        std::string::npos);
  CHECK(complaint("name: h\nsummary: s\npass: {command: [], result: r, form: lines}\n")
            .find("is empty") != std::string::npos);
}
