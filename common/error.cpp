#include "common/error.hpp"

namespace hopcost {

int Error::exit_code() const {
  switch (code) {
    case ErrorCode::usage:
      return 64;
    case ErrorCode::unreachable:
    case ErrorCode::protocol:
      return 69;
    case ErrorCode::not_valid:
      return 2;
    case ErrorCode::io:
      return 74;
  }
  return 70;
}

}  // namespace hopcost
