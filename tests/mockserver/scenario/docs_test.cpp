// docs/scenario.md has every key, no other, and only examples that load.

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "mockserver/scenario/keys.hpp"
#include "mockserver/scenario/load.hpp"
#include "tests/mockserver/scenario/folder.hpp"

namespace hopcost::mockserver {
namespace {

using Names = std::set<std::string>;

std::vector<std::string> page() {
  std::ifstream in(std::filesystem::path(HOPCOST_SOURCE) / "docs/scenario.md");
  REQUIRE(in.is_open());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string unquoted(std::string cell) {
  std::erase(cell, '`');
  const auto first = cell.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : cell.substr(first, cell.find_last_not_of(' ') - first + 1);
}

/// Key -> the cell of column `column` (1 is the key's), of the tables below one heading.
std::map<std::string, std::string> table(const std::string& heading, int column) {
  std::map<std::string, std::string> rows;
  bool inside = false;
  for (const auto& line : page()) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (!inside || !line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '|');) cells.push_back(unquoted(cell));
    rows[cells.at(1)] = cells.at(static_cast<std::size_t>(column));
  }
  return rows;
}

Names keys_below(const std::string& heading) {
  Names names;
  for (const auto& [key, cell] : table(heading, 1)) names.insert(key);
  return names;
}

template <class T>
Names names_of(std::span<const Key<T>> keys) {
  Names names;
  for (const auto& key : keys) names.emplace(key.name);
  return names;
}

Names names_of(const nlohmann::json& map) {
  Names names;
  for (const auto& entry : map.items()) names.insert(entry.key());
  return names;
}

/// The code blocks of one language.
std::vector<std::string> blocks(const std::string& language) {
  std::vector<std::string> found;
  bool inside = false;
  for (const auto& line : page()) {
    if (line == "```" + language) {
      found.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  return found;
}

TEST_CASE("the page has every key of the decoder, and the decoder every key of the page") {
  CHECK(keys_below("Keys of a model") == names_of(model_keys()));
  CHECK(keys_below("Keys of a server") == names_of(server_keys()));
  CHECK(keys_below("Keys about keys") == Names{"include", "models", "replicas"});
  const auto all = with_changes({},
                                "load: {max_running: 1, step: {base: 1ms}}\n"
                                "limits: {requests_per_minute: 1, tokens_per_minute: 1}\n");
  REQUIRE(all);
  const nlohmann::json shown = to_json(*all);
  auto of_load = names_of(shown.at("load"));
  of_load.merge(
      names_of(nlohmann::json(to_json(Scenario{}).at("load"))));  // slowdown, without step
  CHECK(keys_below("Keys of load") == of_load);
  CHECK(keys_below("Keys of load.step") == names_of(shown.at("load").at("step")));
  CHECK(keys_below("Keys of prefix_cache") == names_of(shown.at("prefix_cache")));
  CHECK(keys_below("Keys of limits") == names_of(shown.at("limits")));
}

TEST_CASE("the time room's keys of a model are all among ours") {
  const auto known = names_of(model_keys());
  for (const auto& key : names_of(to_json(Timing{}))) {
    CAPTURE(key);
    CHECK(known.contains(key));
  }
}

TEST_CASE("the page's defaults are the defaults") {
  const nlohmann::json defaults = to_json(Scenario{});
  for (const auto* heading : {"Keys of a model", "Keys of a server"}) {
    for (const auto& [key, cell] : table(heading, 3)) {
      CAPTURE(key);
      const auto& value = defaults.at(key);
      if (value.is_object()) continue;  // has a table of its own
      CHECK(cell == (value.is_string() ? value.get<std::string>() : value.dump()));
    }
  }
}

TEST_CASE("every example of the page loads") {
  const auto examples = blocks("yaml");
  REQUIRE(examples.size() >= 5);
  const Folder folder;
  for (const auto& example : examples) {
    CAPTURE(example);
    const auto file = load_scenario(folder.write("example.yaml", example));
    if (!file) FAIL(file.error().to_string());
    for (const auto& replica : file->replicas) {
      CHECK(with_changes({}, to_json(replica).dump()) == replica);
    }
  }
}

TEST_CASE("every form of a distribution on the page is one") {
  const auto forms = keys_below("Distributions");
  REQUIRE(forms.size() >= 8);
  const Folder folder;
  for (const auto& form : forms) {
    CAPTURE(form);
    CHECK(load_scenario(folder.write("form.yaml", "itl: " + form + "\n")));
  }
}

TEST_CASE("the page's change is one") {
  const auto examples = blocks("sh");
  REQUIRE(examples.size() == 1);
  const auto begin = examples[0].find("-d '") + 4;
  const auto body = examples[0].substr(begin, examples[0].rfind('\'') - begin);
  CHECK(with_changes({}, body));
}

}  // namespace
}  // namespace hopcost::mockserver
