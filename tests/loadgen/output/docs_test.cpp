// docs/outputs.md has the formats that the program has, with the files they write.

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <fmt/format.h>

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

/// The path as the page writes it.
std::string pattern(const std::string& path) {
  for (const auto& [expression, instead] : {std::pair{"stage_[0-9]+", "stage_{N}"},
                                            {"hgrm/[a-z0-9_]+", "hgrm/{metric}"},
                                            {"stack-s[0-9]+", "stack-s{replicas}"},
                                            {"[0-9]{8}-[0-9]{6}", "{date}-{time}"}}) {
    const std::regex found(expression);
    if (std::regex_search(path, found)) {
      const auto once = std::regex_replace(path, found, instead);
      return once == path ? path : pattern(once);
    }
  }
  return path;
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
