#pragma once

#include "loadgen/exchange/server_time.hpp"

namespace hopcost::overhead {

/// A time that a stack states in its replies, and what it is the time of.
struct SelfReported {
  enum class Means {
    overhead,  ///< what the stack itself adds
    upstream,  ///< what it waited for the backend
    total,     ///< both
  };
  loadgen::ServerTimeHeader header;
  Means means = Means::overhead;
};

[[nodiscard]] constexpr const char* means_name(SelfReported::Means means) {
  switch (means) {
    case SelfReported::Means::overhead:
      return "overhead";
    case SelfReported::Means::upstream:
      return "upstream";
    case SelfReported::Means::total:
      break;
  }
  return "total";
}

}  // namespace hopcost::overhead
