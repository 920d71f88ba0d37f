#pragma once

#include <string>
#include <vector>

namespace hopcost::loadgen {

/// What JUnit calls the outcomes of a case.
enum class JunitOutcome { passed, failure, error, skipped };

struct JunitCase {
  std::string classname;
  std::string name;
  JunitOutcome outcome = JunitOutcome::passed;
  std::string type;
  std::string message;
};

/// A file with one suite. `timestamp`: ISO 8601; empty: left out.
[[nodiscard]] std::string junit_xml(const std::string& suite, const std::vector<JunitCase>& cases,
                                    double took_s, const std::string& timestamp);

}  // namespace hopcost::loadgen
