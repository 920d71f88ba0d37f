#pragma once

#include <string>
#include <vector>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// In which forms results go where.
struct Presentation {
  std::string output;   ///< folder; empty: none
  std::string report;   ///< file for the suite's JSON report; empty: none
  std::string formats;  ///< other forms of the record there, a list
  bool json = false;    ///< print run.json instead of the table
  bool html = false;    ///< also report.html there, or FILE.html beside the report
};

/// Prints each one's table, or run.json, and writes the record and its other forms: of several,
/// which have a model each, into a folder a model, or as a list in one report. Says on standard
/// error what cannot be written. Returns the exit code: of several the worst, 2 before 1.
[[nodiscard]] int present(const std::vector<RunRecord>& records, const Presentation& how);

}  // namespace hopcost::loadgen
