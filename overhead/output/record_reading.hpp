#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// What a run's record says, as far as verdicts are made of it: of each cell its identity, passes
/// with their quantities, estimates, checks, state and reasons. Histograms stay in the file.
struct ReadStudy {
  std::filesystem::path file;
  std::string started_at;
  double took_s = 0;
  bool cut_short = false;
  std::map<std::string, std::string> machine;  ///< what makes it another machine where it differs
  std::vector<Cell> cells;
  std::vector<std::string> failures;  ///< stand-ups that did not come up
};

/// Reads a results folder's run.json, or the file itself. An Error names the file, and the field
/// that is missing or of the wrong type.
[[nodiscard]] Result<ReadStudy> read_study(const std::filesystem::path& path);
/// The same of a text; `file` is for complaints.
[[nodiscard]] Result<ReadStudy> study_from_text(const std::string& text,
                                                const std::filesystem::path& file);

}  // namespace hopcost::overhead
