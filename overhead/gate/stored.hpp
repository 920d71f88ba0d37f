#pragma once

#include <optional>
#include <string>

#include "overhead/gate/gate.hpp"

namespace hopcost::overhead {

/// Why nothing of `now` may be compared with what `stored` holds: another machine (processor,
/// number of CPUs, kernel, governor, clock source, placement), naming what differs. Empty: it may.
[[nodiscard]] std::string other_machine(const ReadStudy& now, const ReadStudy& stored);

/// The cell of the stored run with the same id; null where there is none.
[[nodiscard]] const Cell* stored_cell(const Cell& now, const ReadStudy& stored);

/// Why the two cells may not be compared by this budget: other lengths or delays, a stored cell
/// without a verdict, or a backend that alone, without any stack, has moved by as much as the
/// budget allows the stack to. Empty: they may.
[[nodiscard]] std::string not_comparable(const Cell& now, const Cell& then, const Budget& budget);

/// How much `quantity` has grown since the stored run: in ns, or of costs as a share.
[[nodiscard]] std::optional<Estimate> grown_since(const Cell& now, const Cell& then,
                                                  const std::string& quantity, Budget::Kind kind,
                                                  double level);

}  // namespace hopcost::overhead
