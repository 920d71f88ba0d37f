#pragma once

#include <string>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// Prints the table, or run.json where `json`, and writes the record and its other forms below
/// `output`, where that is a folder. Says on standard error what cannot be written. Returns the
/// exit code.
[[nodiscard]] int present(const RunRecord& record, const std::string& output,
                          const std::string& formats, bool json);

}  // namespace hopcost::loadgen
