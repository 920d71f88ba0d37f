#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overhead/gate/budget.hpp"
#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

enum class Verdict { pass, fail, no_verdict };
[[nodiscard]] constexpr const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::no_verdict:
      break;
  }
  return "no verdict";
}

/// One budget in one cell.
struct Judged {
  std::string cell;      ///< id; the pattern where no cell matches it
  std::string quantity;  ///< as it is in the record
  Budget budget;
  std::optional<Estimate> estimate;  ///< of what is bounded: ns, or a share
  double upper = 0;                  ///< what it is at most: the interval's end, or the noise floor
  Verdict verdict = Verdict::no_verdict;
  std::string why;
};

struct GateReport {
  std::vector<Judged> rows;
  double level = 0.95;  ///< of each interval
  Verdict verdict = Verdict::no_verdict;
};

/// Judges every budget in every cell that it is about: `pass` where the whole interval is below the
/// bound, `fail` where it is above, else no verdict, and so where a check stands in the way, where
/// the noise floor is above the bound, and where no cell matches. One fail fails the gate; else one
/// without a verdict leaves it without. Budgets of growth compare with `stored`, a run made before
/// on the same machine; without it they have no verdict.
[[nodiscard]] GateReport judge_budgets(const ReadStudy& study, const Budgets& budgets,
                                       const ReadStudy* stored = nullptr);

}  // namespace hopcost::overhead
