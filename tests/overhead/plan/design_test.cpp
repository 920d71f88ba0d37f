#include "overhead/plan/design.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

Design design_of(const std::string& text) {
  const auto read = catch_errors([&] { return decode_design(*parse_yaml(text, "d.yaml")); });
  INFO((read ? "" : read.error().to_string()));
  REQUIRE(read);
  return *read;
}

std::string complaint(const std::string& text) {
  const auto read = catch_errors([&] { return decode_design(*parse_yaml(text, "d.yaml")); });
  return read ? "" : read.error().to_string();
}

}  // namespace

TEST_CASE("without treatments every combination is made, the last factor changing fastest") {
  const auto design = design_of(R"(
setup:
  constants: {stack: nginx}
  factors: [workers, replicas]
  levels: {workers: "1, 2", replicas: [1, 3]}
)");
  CHECK(design.setups ==
        std::vector<Treatment>{{{"stack", "nginx"}, {"workers", "1"}, {"replicas", "1"}},
                               {{"stack", "nginx"}, {"workers", "1"}, {"replicas", "3"}},
                               {{"stack", "nginx"}, {"workers", "2"}, {"replicas", "1"}},
                               {{"stack", "nginx"}, {"workers", "2"}, {"replicas", "3"}}});
  CHECK(design.runs == std::vector<Treatment>{Treatment{}});
}

TEST_CASE("treatments that are listed are made, and no others") {
  const auto design = design_of(R"(
run:
  factors: [question, output]
  levels: {question: "100,300", output: "100,1000"}
  treatments: ["100,1000", [300, 100]]
)");
  CHECK(design.setups.size() == 1);
  CHECK(design.runs == std::vector<Treatment>{{{"question", "100"}, {"output", "1000"}},
                                              {{"question", "300"}, {"output", "100"}}});
}

TEST_CASE("a design that cannot be made is refused, with its line") {
  CHECK(complaint("{}").find("neither setup nor run") != std::string::npos);
  CHECK(complaint("run:\n  factors: [a]\n").find("a has no levels") != std::string::npos);
  CHECK(complaint("run:\n  levels: {a: 1}\n").find("d.yaml:2: run.levels: levels of what?") == 0);
  CHECK(complaint("run: {factors: [a], levels: {b: 1}}").find("is no factor") != std::string::npos);
  CHECK(complaint("run: {factors: [a, a], levels: {a: 1}}").find("twice") != std::string::npos);
  CHECK(complaint("run: {factors: [a, b], treatments: [\"1\"]}").find("1 values for 2 factors") !=
        std::string::npos);
  CHECK(complaint("run: {factors: [a], levels: {a: [1]}, treatments: [2]}").find("no level of a") !=
        std::string::npos);
  CHECK(
      complaint("run: {constants: {a: 1}, factors: [a], levels: {a: 1}}").find("and a constant") !=
      std::string::npos);
  CHECK(complaint("run: {factors: [a], levels: {a: \"1,,2\"}}").find("empty value") !=
        std::string::npos);
  std::string many = "run: {factors: [a, b, c], levels: {";
  for (const char* const name : {"a", "b", "c"}) {
    many += name;
    many += ": [0";
    for (int i = 1; i < 30; ++i) many += ", " + std::to_string(i);
    many += "], ";
  }
  CHECK(complaint(many + "}}").find("more than 10000") != std::string::npos);
}

TEST_CASE("a design cut at every byte is read or refused, never more") {
  const std::string text =
      "setup:\n  factors: [a, b]\n  levels: {a: \"1,2\", b: [x]}\nrun:\n  treatments: []\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto root = parse_yaml(text.substr(0, size), "d.yaml");
    if (!root || !root->is_map()) continue;
    const auto read = catch_errors([&] { return decode_design(*root); });
    if (!read) REQUIRE(read.error().where.starts_with("d.yaml"));
  }
}
