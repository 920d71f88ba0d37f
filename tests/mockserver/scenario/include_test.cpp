// Files that include each other, and texts that would cost too much to read.

#include "mockserver/scenario/load.hpp"
#include "tests/mockserver/scenario/folder.hpp"

namespace hopcost::mockserver {
namespace {

std::string error_of(const std::filesystem::path& file) {
  const auto loaded = load_scenario(file);
  return loaded ? "accepted" : loaded.error().to_string();
}

bool contains(std::string_view text, std::string_view part) {
  CAPTURE(std::string(text), std::string(part));
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("an including file goes before what it includes, and maps merge key by key") {
  const Folder folder;
  folder.write("parts/base.yaml",
               "ttft: 20ms\nitl: 5ms\nload: {max_running: 8, max_waiting: 3}\n"
               "models: {a: {itl: 1ms, mode: echo}, b: {}}\nfaults: [no-done, crlf]\n");
  const auto top = folder.write("top.yaml",
                                "ttft: 2ms\nload: {max_waiting: 9}\ninclude: parts/base.yaml\n"
                                "models: {a: {itl: 7ms}, c: {}}\nfaults: [reset]\n");
  const auto file = load_scenario(top);
  REQUIRE(file);
  const Scenario& scenario = file->replicas.at(0);
  CHECK(scenario.load.max_running == 8);
  CHECK(scenario.load.max_waiting == 9);
  REQUIRE(scenario.models.size() == 3);
  for (const auto& model : scenario.models) {
    CHECK(model.timing.ttft == Distribution::constant(2e6));
  }
  CHECK(scenario.find_model("a")->timing.itl == Distribution::constant(7e6));
  CHECK(scenario.find_model("a")->mode == AnswerStyle::Mode::echo);
  CHECK(scenario.find_model("b")->timing.itl == Distribution::constant(5e6));
  REQUIRE(scenario.faults.size() == 1);  // a list replaces a list
  CHECK(scenario.faults[0].fault.kind == FaultKind::reset);
}

TEST_CASE("of several included files a later one goes first") {
  const Folder folder;
  folder.write("one.yaml", "seed: 1\nmode: echo\n");
  folder.write("two.yaml", "seed: 2\n");
  const auto top = folder.write("top.yaml", "include: [one.yaml, two.yaml]\n");
  const auto file = load_scenario(top);
  REQUIRE(file);
  CHECK(file->replicas[0].seed == 2);
  CHECK(file->replicas[0].defaults.mode == AnswerStyle::Mode::echo);
}

TEST_CASE("a model's own key in an included file goes before a key at the top of the outer one") {
  const Folder folder;
  folder.write("base.yaml", "models: {a: {itl: 1ms}}\n");
  const auto top = folder.write("top.yaml", "include: base.yaml\nitl: 9ms\n");
  const auto file = load_scenario(top);
  REQUIRE(file);
  CHECK(file->replicas[0].find_model("a")->timing.itl == Distribution::constant(1e6));
}

TEST_CASE("includes that go round in a circle are refused with the whole circle") {
  const Folder folder;
  folder.write("a.yaml", "include: b.yaml\n");
  folder.write("b.yaml", "seed: 1\ninclude: sub/../a.yaml\n");
  std::filesystem::create_directories(folder.path("sub"));
  const auto error = error_of(folder.path("a.yaml"));
  CHECK(contains(error, "b.yaml:2: include: includes go round in a circle"));
  CHECK(contains(error, "a.yaml -> "));
  folder.write("self.yaml", "include: self.yaml\n");
  CHECK(contains(error_of(folder.path("self.yaml")), "circle"));
}

TEST_CASE("one file may be included on two ways, but not on very many") {
  const Folder folder;
  folder.write("leaf.yaml", "seed: 5\n");
  folder.write("left.yaml", "include: leaf.yaml\n");
  folder.write("right.yaml", "include: leaf.yaml\n");
  const auto top = folder.write("top.yaml", "include: [left.yaml, right.yaml]\n");
  REQUIRE(load_scenario(top));
  for (int i = 1; i <= 20; ++i) {
    const auto below = i == 1 ? std::string("leaf") : "n" + std::to_string(i - 1);
    folder.write("n" + std::to_string(i) + ".yaml",
                 "include: [" + below + ".yaml, " + below + ".yaml]\n");
  }
  CHECK(contains(error_of(folder.path("n20.yaml")), "more than 64 files"));
}

TEST_CASE("a file that is not there is named where it is included") {
  const Folder folder;
  const auto top = folder.write("top.yaml", "seed: 1\ninclude: [gone.yaml]\n");
  CHECK(contains(error_of(top), "top.yaml:2: include[0]: "));
  CHECK(contains(error_of(folder.path("gone.yaml")), "cannot be read"));
  CHECK(contains(error_of(folder.path("")), "cannot be read"));
}

TEST_CASE("an error in an included file names that file and line") {
  const Folder folder;
  folder.write("base.yaml", "seed: 1\n\nmodels:\n  a:\n    itl: soon\n");
  const auto top = folder.write("top.yaml", "include: base.yaml\n");
  CHECK(contains(error_of(top), "base.yaml:5: models.a.itl: "));
}

TEST_CASE("aliases that unfold to very many values are refused at once") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const auto below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int j = 0; j < 9; ++j) text += ", " + below;
    text += "]\n";
  }
  const Folder folder;
  CHECK(contains(error_of(folder.write("bomb.yaml", text)), "more than 200000 values"));
  const auto changed = with_changes({}, text);
  REQUIRE_FALSE(changed);
  CHECK(contains(changed.error().message, "aliases counted"));
}

TEST_CASE("nesting without end, circular aliases and text that is too long are refused") {
  const Folder folder;
  for (const std::size_t depth : {30U, 3'000U, 300'000U}) {
    CAPTURE(depth);
    CHECK_FALSE(with_changes({}, "{\"seed\": " + std::string(depth, '[')));
    CHECK_FALSE(
        with_changes({}, "{\"seed\": " + std::string(depth, '[') + std::string(depth, ']') + "}"));
  }
  CHECK_FALSE(with_changes({}, "seed: &a [*a]"));
  CHECK_FALSE(with_changes({}, "seed: 1 #" + std::string(2U << 20U, 'x')));
  CHECK(contains(error_of(folder.write("long.yaml", "#" + std::string(9U << 20U, 'x'))),
                 "longer than 8 MiB"));
  CHECK(contains(error_of(folder.write("latin.yaml", "record: caf\xe9\n")), "is not UTF-8"));
  CHECK_FALSE(with_changes({}, "models: [\"caf\xe9\"]"));
}

}  // namespace
}  // namespace hopcost::mockserver
