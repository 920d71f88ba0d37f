#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

namespace hopcost::test {

/// A mock server with one thread on a free port.
struct Mock {
  explicit Mock(std::vector<std::string> more = {}) : program(with_listen(std::move(more))) {
    url = program.wait_for_line("listening on ");
  }
  static std::vector<std::string> with_listen(std::vector<std::string> more) {
    more.insert(more.begin(), {"mockserver", "--listen", "127.0.0.1:0", "--threads", "1"});
    return more;
  }
  RunningProgram program;
  std::string url;
};

/// What loadgen says with these arguments, as JSON.
inline nlohmann::json load(std::vector<std::string> arguments, int expected = 0) {
  arguments.insert(arguments.begin(), "loadgen");
  arguments.insert(arguments.end(), {"--json", "--quiet"});
  const auto outcome = run_program(std::move(arguments));
  INFO(outcome.err << outcome.out);
  CHECK(outcome.code == expected);
  auto record = nlohmann::json::parse(outcome.out, nullptr, false);
  REQUIRE_FALSE(record.is_discarded());
  return record;
}

}  // namespace hopcost::test
