#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// What a run's record says: enough to judge it again, to draw it, and to go on with it. Of what
/// follows from the cells' passes only estimates, checks, state and reasons.
struct ReadStudy {
  std::filesystem::path file;
  std::string started_at;
  std::vector<std::string> resumed_at;
  double took_s = 0;
  bool cut_short = false;
  std::map<std::string, std::string> machine;   ///< what makes it another machine where it differs
  std::map<std::string, std::string> versions;  ///< of each stack, as it printed it
  std::string config;                           ///< text of config.yaml
  std::vector<Cell> cells;
  std::vector<std::string> left_out;  ///< stacks that are not installed
  std::vector<std::string> failures;  ///< stand-ups that did not come up
};

/// "kernel '5.10' then, '6.1' now; ..." of what differs; empty: nothing does. What only `then`
/// names does not count.
[[nodiscard]] std::string differences_text(const std::map<std::string, std::string>& now,
                                           const std::map<std::string, std::string>& then);

/// Reads a run's record, as loadgen::stored_record() finds it. An Error names the file, and the
/// field that is missing or of the wrong type.
[[nodiscard]] Result<ReadStudy> read_study(const std::filesystem::path& path);
/// The same of a text; `file` is for complaints.
[[nodiscard]] Result<ReadStudy> study_from_text(const std::string& text,
                                                const std::filesystem::path& file);

}  // namespace hopcost::overhead
