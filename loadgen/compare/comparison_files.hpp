#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/error.hpp"
#include "loadgen/compare/comparison.hpp"

namespace hopcost::loadgen {

/// The table for a terminal: a row a figure, a column a contestant, and who is best.
[[nodiscard]] std::string comparison_text(const Comparison& comparison);
/// The same for a pull request.
[[nodiscard]] std::string comparison_markdown(const Comparison& comparison);
/// Schema hopcost.loadgen-comparison/1; docs/loadgen.md has its fields.
[[nodiscard]] nlohmann::json comparison_json(const Comparison& comparison);
/// One self-contained page. Fails with `not_valid` in a build without it.
[[nodiscard]] Result<std::string> comparison_page(const Comparison& comparison);

}  // namespace hopcost::loadgen
