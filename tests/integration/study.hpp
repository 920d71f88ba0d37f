#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/program.hpp"

namespace hopcost::test {

/// A check of a cell of run.json, by code; null where it is not there.
inline nlohmann::json check_of(const nlohmann::json& cell, const std::string& code) {
  for (const auto& check : cell["checks"]) {
    if (check["code"] == code) return check;
  }
  return {};
}

/// A short `overhead run` into a temporary folder, with passes of at least `min_pass`.
struct StudyRun {
  explicit StudyRun(std::vector<std::string> more, const std::string& min_pass = "100ms") {
    std::vector<std::string> arguments{"overhead", "run",      "--restarts", "2",
                                       "--rounds", "2",        "--min-pass", min_pass,
                                       "--quiet",  "--output", results()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    outcome = run_program(std::move(arguments));
    record =
        nlohmann::json::parse(read_file(folder.path() / "results" / "run.json"), nullptr, false);
  }
  [[nodiscard]] std::string results() const { return (folder.path() / "results").string(); }
  /// A check of a cell, by code.
  [[nodiscard]] nlohmann::json check(std::size_t cell, const std::string& code) const {
    return check_of(record["cells"][cell], code);
  }
  TemporaryFolder folder;
  Outcome outcome;
  nlohmann::json record;
};

/// A manifest of the reference proxy with more arguments, written into `folder`; returns its path.
inline std::string proxy_manifest(const TemporaryFolder& folder, const std::string& name,
                                  const std::string& arguments,
                                  const std::string& workers = "\"{workers}\"") {
  return folder.write(
      name + ".yaml",
      "name: " + name +
          "\n"
          "summary: the reference proxy, changed for a test\n"
          "command: [\"{bin}/reference_proxy\", --listen, \"127.0.0.1:{port}\", --backend, "
          "\"{backend_url}\", --workers, " +
          workers + arguments +
          "]\n"
          "ready: {path: /__reference/health, timeout: 3s}\n"
          "workers: {knob: --workers, seen_as: threads, pattern: ref-worker-}\n");
}

}  // namespace hopcost::test
