#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overhead/gate/gate.hpp"

namespace hopcost::overhead {

/// What a run that was made again says of one of its cells.
struct Reproduced {
  std::string cell;
  std::string quantity;
  Verdict verdict = Verdict::no_verdict;  ///< pass: reproduced; fail: differs
  double allowed_ns = 0;                  ///< the change that counts as none
  std::optional<Estimate> change;         ///< of what is added: again minus before
  std::string why;                        ///< of no verdict
};

struct Reproduction {
  std::vector<Reproduced> cells;  ///< the latency cells that had a verdict before
  double tolerance = 0;
  std::string environments;  ///< what differs between them; empty: nothing known
  /// fail where one cell differs, pass where all are reproduced.
  [[nodiscard]] Verdict verdict() const;
};

/// Reproduced: the whole interval of the change lies within `tolerance` of what was added before
/// (but not less than either run's noise floor); differs: all of it lies outside. All intervals
/// together are wrong at most one time in twenty.
[[nodiscard]] Reproduction judge_reproduction(const ReadStudy& before, const ReadStudy& again,
                                              double tolerance);

/// For a person: what differs, a row a cell, and the word.
[[nodiscard]] std::string reproduction_text(const Reproduction& reproduction);

}  // namespace hopcost::overhead
