#pragma once

#include <string>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// In which forms results go where.
struct Presentation {
  std::string output;   ///< folder; empty: none
  std::string formats;  ///< other forms of the record there, a list
  bool json = false;    ///< print run.json instead of the table
  bool html = false;    ///< also report.html there
};

/// Prints the table, or run.json, and writes the record and its other forms. Says on standard error
/// what cannot be written. Returns the exit code.
[[nodiscard]] int present(const RunRecord& record, const Presentation& how);

}  // namespace hopcost::loadgen
