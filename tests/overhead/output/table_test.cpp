#include "overhead/output/table.hpp"

#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost::overhead;
using hopcost::test::healthy_cell;

namespace {

Study study_of(std::vector<Cell> cells) {
  Study study;
  for (auto& cell : cells) conclude(cell);
  study.cells = std::move(cells);
  study.placement.note = "4 CPUs";
  return study;
}

}  // namespace

TEST_CASE("the table prints overhead, interval, noise floor and verdict") {
  const auto table = study_table(study_of({healthy_cell()}));
  INFO(table);
  CHECK(table.find("+50.") != std::string::npos);
  CHECK(table.find("measured") != std::string::npos);
  CHECK(table.find("A TRIAL") == std::string::npos);
}

TEST_CASE("no number is printed for a cell without a verdict") {
  Cell cell = healthy_cell();
  cell.workers = {true, 2, {1}, "processes titled 'x'"};
  const auto study = study_of({cell});
  CHECK(overhead_text(study.cells[0], "e2e.p50") == "no verdict");
  const auto table = study_table(study);
  CHECK(table.find("+50.") == std::string::npos);
  CHECK(table.find("workers_mismatch made-up-w1-r1-c1-unary: asked for 2, saw 1") !=
        std::string::npos);
  CHECK(two_sentences(study).find("no verdict") != std::string::npos);
}

TEST_CASE("two sentences say what was found") {
  hopcost::test::CellShape shape;
  shape.mode = Mode::stream;
  const auto text = two_sentences(study_of({healthy_cell(), healthy_cell(shape)}));
  INFO(text);
  CHECK(text.find("adds to the median request: made-up 50.") != std::string::npos);
  CHECK(text.find("each streamed chunk: made-up 20.0 us") != std::string::npos);
  CHECK(two_sentences(Study{}) == "Nothing was measured.");
}

TEST_CASE("a trial says that it is one") {
  Study study = study_of({healthy_cell()});
  study.experiment.restarts = 4;
  CHECK(study_table(study).find("A TRIAL") != std::string::npos);
}

TEST_CASE("a run of ceilings alone says what goes through, and heads no table without rows") {
  Cell cell = healthy_cell();
  cell.asked.load = Load::ceiling;
  cell.asked.concurrency = 16;
  for (auto& pass : cell.passes) {
    pass.quantities["requests_per_s"] = pass.through_stack ? 4000 : 8000;
  }
  const auto study = study_of({cell});
  const auto table = study_table(study);
  INFO(table);
  CHECK(table.find("what one hop lets through") != std::string::npos);
  CHECK(table.find("added to the median") == std::string::npos);
  CHECK(table.find("0.500 [0.500, 0.500]") != std::string::npos);
  CHECK(two_sentences(study) ==
        "At most so much goes through: made-up 4000 requests/s [4000, 4000].");
}

TEST_CASE("cells that differ only in their lengths and delays are told apart") {
  Cell cell = healthy_cell(hopcost::test::CellShape{.mode = Mode::stream});
  cell.asked.prompt_tokens = 500;
  cell.asked.output_tokens = 64;
  cell.asked.itl = 5 * hopcost::kMillisecond;
  CHECK(study_table(study_of({cell})).find("stream p500 o64 itl5ms") != std::string::npos);
}

TEST_CASE("hostile names are shown as text: on a terminal, in a pull request's comment, in CSV") {
  Cell cell = healthy_cell();
  cell.standup.stack = "<script>```\x1b[2J" + std::string(10'000, 'x');
  const auto study = study_of({cell});
  for (const auto& text : {study_table(study), two_sentences(study), summary_markdown(study)}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\\x1b[2J") != std::string::npos);
  }
  const auto table = study_table(study);
  CHECK(table.find(std::string(81, 'x')) == std::string::npos);  // figures stay on the screen
  const auto markdown = summary_markdown(study);
  const auto fence = markdown.find("\n```\n");
  REQUIRE(fence != std::string::npos);
  CHECK(markdown.substr(0, fence).find("\\<script>") != std::string::npos);
  // The fence ends where the text does.
  CHECK(markdown.find("```", fence + 4) == markdown.size() - 4);
}
