// docs/mockserver.md has the table of faults that the program has.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mockserver/fault/fault_plan.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

/// What a row says; texts without backticks.
using Row = std::array<std::string, 3>;

std::string page() {
  std::ifstream in(std::filesystem::path(HOPCOST_SOURCE) / "docs/mockserver.md");
  REQUIRE(in.is_open());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string plain(std::string text) {
  std::erase(text, '`');
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// The rows with a code name below the heading "Faults", in their order.
std::vector<Row> documented_faults() {
  std::vector<Row> rows;
  bool inside = false;
  std::istringstream lines(page());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) inside = line == "## Faults";
    if (!inside || !line.starts_with("| `")) continue;
    std::istringstream cells(line.substr(1));
    Row row;
    for (auto& cell : row) {
      REQUIRE(std::getline(cells, cell, '|'));
      cell = plain(cell);
    }
    rows.push_back(row);
  }
  return rows;
}

TEST_CASE("the page's table of faults is the program's, row by row") {
  const auto rows = documented_faults();
  std::vector<Row> known;
  for (const auto& info : fault_table()) {
    known.push_back({std::string(info.name), plain(std::string(info.summary)),
                     plain(std::string(info.parameters))});
  }
  REQUIRE(rows.size() == known.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i, rows[i][0]);
    CHECK(rows[i] == known[i]);
  }
}

TEST_CASE("every fault that an example of the page asks for is one") {
  constexpr std::string_view kAsked = "-H 'x-hopcost-fault: ";
  const auto text = page();
  std::size_t examples = 0;
  for (auto at = text.find(kAsked); at != std::string::npos; at = text.find(kAsked, at)) {
    at += kAsked.size();
    const auto asked = text.substr(at, text.find('\'', at) - at);
    CAPTURE(asked);
    CHECK(parse_fault_header(asked));
    ++examples;
  }
  CHECK(examples > 0);
}

TEST_CASE("the page names every status whose error has a text of its own, and no other") {
  const auto text = page();
  constexpr std::string_view kBegin = "`error` knows type, code and message of ";
  const auto begin = text.find(kBegin);
  REQUIRE(begin != std::string::npos);
  const auto sentence = text.substr(begin, text.find(';', begin) - begin);
  for (int status = 400; status < 600; ++status) {
    CAPTURE(status);
    const bool general =
        error_for_status(status).message.find("failed with status") != std::string::npos;
    CHECK((sentence.find(std::to_string(status)) != std::string::npos) == !general);
  }
}

}  // namespace
}  // namespace hopcost::mockserver
