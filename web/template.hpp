#pragma once

#include <string_view>

namespace hopcost::web {

/// The page before and after a run's data; both are empty in a build without it.
extern const std::string_view kHead;
extern const std::string_view kTail;

}  // namespace hopcost::web
