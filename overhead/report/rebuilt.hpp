#pragma once

#include "overhead/measure/study.hpp"
#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// The study that a record was made of, as far as tables and sentences show it. An Error where its
/// configuration cannot be read any more.
[[nodiscard]] Result<Study> rebuilt(const ReadStudy& read);

}  // namespace hopcost::overhead
