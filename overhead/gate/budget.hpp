#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace hopcost::overhead {

/// What a stack may cost: a bound on one quantity, in every cell whose id matches a pattern.
struct Budget {
  enum class Kind {
    added,     ///< stack minus baseline, at most `bound` ns
    relative,  ///< stack over baseline minus 1, at most `bound`
    lost,      ///< 1 minus stack over baseline, at most `bound`: of rates
    cost,      ///< the stack's own CPU, at most `bound` ns
    grown,  ///< what `added` or `cost` bounds, minus the same of a stored run, at most `bound` ns
    grown_share,  ///< a cost over the same of a stored run, minus 1, at most `bound`
  };

  std::string cells = "*";            ///< shell pattern of cell ids
  std::string quantity = "headline";  ///< "e2e.p50", ...; headline: the cell's; or cpu_per_request
  Kind kind = Kind::added;
  double bound = 0;
  std::string text;  ///< the bound, as it was written

  [[nodiscard]] bool needs_stored() const {
    return kind == Kind::grown || kind == Kind::grown_share;
  }
};

/// The budgets of a gate. All verdicts together are wrong with a probability of at most
/// 1 - `confidence`: each interval is made at 1 - (1 - confidence) / (number of intervals).
struct Budgets {
  std::vector<Budget> list;
  double confidence = 0.95;
};

/// Reads a budget file:
///
///   confidence: 0.95
///   budgets:
///     - {cells: "nginx-*-unary", quantity: e2e.p50, at_most: 500us}
///     - {quantity: ttft.p99, at_most: 10%}
///     - {quantity: requests_per_s, loses_at_most: 5%}
///     - {quantity: cpu_per_request, at_most: 200us}
///     - {quantity: cpu_per_request, grows_at_most: 5%}
///
/// An Error names file, line and field.
[[nodiscard]] Result<Budgets> load_budgets(const std::filesystem::path& file);
/// The same of a text; `file` is for complaints.
[[nodiscard]] Result<Budgets> parse_budgets(const std::string& text, const std::string& file);

}  // namespace hopcost::overhead
