// docs/outputs.md has the formats that the program has, with the files they write.

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "loadgen/merge/decode.hpp"
#include "loadgen/output/format.hpp"
#include "tests/catch.hpp"
#include "tests/loadgen/output/made_levels.hpp"
#include "tests/loadgen/output/made_record.hpp"

using namespace hopcost::loadgen;

namespace {

std::string page(const char* path) {
  std::ifstream in(std::filesystem::path(HOPCOST_SOURCE) / path);
  REQUIRE(in.is_open());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// `text` with what stands between `before` and `after` replaced, where both are there.
std::string replaced(std::string text, std::string_view before, std::string_view after,
                     std::string_view instead) {
  const auto from = text.find(before);
  if (from == std::string::npos) return text;
  const auto begin = from + before.size();
  const auto end = text.find(after, begin);
  return end == std::string::npos ? text : text.replace(begin, end - begin, instead);
}

/// The path as the page writes it.
std::string pattern(std::string path) {
  path = replaced(path, "/stage_", "_lifecycle", "{N}");
  path = replaced(path, "_stage_", ".yaml", "{N}");
  path = replaced(path, "hgrm/", ".hgrm", "{metric}");
  path = replaced(path, "stack-s", "-sw", "{replicas}");
  return replaced(path, "-v1-", ".txt", "{date}-{time}");
}

}  // namespace

TEST_CASE("the page of outputs has a row and a section for every format, and no other") {
  const auto text = page("docs/outputs.md");
  std::size_t sections = 0;
  for (auto at = text.find("\n## "); at != std::string::npos; at = text.find("\n## ", at + 1)) {
    ++sections;
  }
  CHECK(sections == formats().size());
  for (const auto& format : formats()) {
    CAPTURE(format.name);
    CHECK(text.find(fmt::format("\n## {}\n", format.name)) != std::string::npos);
    for (const auto& file : format.render(test::made_levels())) {
      CAPTURE(file.path);
      CHECK(text.find(fmt::format("\n| `{}` | `{}` |", format.name, pattern(file.path))) !=
            std::string::npos);
    }
  }
}

TEST_CASE("there is an example of every file of every format") {
  const auto root = std::filesystem::path(HOPCOST_SOURCE) / "docs/examples";
  std::set<std::string> examples;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      examples.insert(pattern(std::filesystem::relative(entry.path(), root).string()));
    }
  }
  for (const auto& format : formats()) {
    for (const auto& file : format.render(test::made_levels())) {
      CAPTURE(file.path);
      CHECK(examples.contains(pattern(file.path)));
    }
  }
  CHECK(examples.contains("run.json"));
  CHECK(examples.contains("requests.jsonl.zst"));
}

TEST_CASE("the example's record is one that the program reads, and renders as it stands there") {
  const auto root = std::filesystem::path(HOPCOST_SOURCE) / "docs/examples";
  const auto record = read_record(root.string());
  REQUIRE(record);
  CHECK(record->result.stages.size() == 2);
  CHECK(record->judgement.valid());
  const auto junit = render_junit(*record);
  CHECK(junit[0].text == page("docs/examples/junit.xml"));
  // Kept runs are packed: read as they are.
  const auto kept = std::filesystem::path(HOPCOST_SOURCE) / "results/workflows/readiness";
  const auto packed = read_record(kept.string());
  INFO((packed ? "" : packed.error().to_string()));
  REQUIRE(packed);
  CHECK(packed->result.stages.size() == 5);
}

TEST_CASE("the page of the load generator states the sets as they are") {
  const auto text = page("docs/loadgen.md");
  for (const auto* name : {"mlperf-interactive", "mlperf-standard", "production", "testing"}) {
    CAPTURE(name);
    ServiceLevel level;
    REQUIRE(add_service_level(name, level));
    const auto at = text.find(fmt::format("\n| `{}` |", name));
    REQUIRE(at != std::string::npos);
    const auto row = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    CAPTURE(row);
    for (const auto& target : level.targets) {
      CHECK(row.find(fmt::format("`{}`", target.text)) != std::string::npos);
    }
    for (const auto& objective : level.objectives) {
      CHECK(row.find(fmt::format("{}=", metric_name(objective.metric))) != std::string::npos);
    }
  }
}
