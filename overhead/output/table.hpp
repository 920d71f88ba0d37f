#pragma once

#include <string>

#include "overhead/measure/study.hpp"

namespace hopcost::overhead {

/// "+23.4 [19.1, 27.7]" in microseconds, "< 6.2" below resolution.
[[nodiscard]] std::string difference_text(const Overhead& overhead);
/// The same of a cell's; "no verdict" where it has none, "-" where there is no such figure.
[[nodiscard]] std::string overhead_text(const Cell& cell, const std::string& quantity);

/// The table, what the checks had to say, and what could not be measured: for a person, without a
/// manual.
[[nodiscard]] std::string study_table(const Study& study);

/// What the study found, in two sentences.
[[nodiscard]] std::string two_sentences(const Study& study);

/// Both, for a pull request's comment.
[[nodiscard]] std::string summary_markdown(const Study& study);

}  // namespace hopcost::overhead
