#pragma once

#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/random.hpp"

namespace hopcost::loadgen {

/// How long a user waits between a reply and the next request. Pure arithmetic: no clock.
class ThinkTime {
 public:
  /// None.
  ThinkTime() = default;

  /// "1s": always; "1s-3s": uniform; "exp(2s)": exponential with that mean. 0 is none.
  [[nodiscard]] static Result<ThinkTime> parse(std::string_view text);

  [[nodiscard]] Nanos draw(Random& random) const;
  [[nodiscard]] bool is_none() const { return kind_ == Kind::uniform && most_ == 0; }
  /// As parse() reads it.
  [[nodiscard]] std::string text() const;

  bool operator==(const ThinkTime&) const = default;

 private:
  enum class Kind { uniform, exponential };

  Kind kind_ = Kind::uniform;
  Nanos least_ = 0;  ///< uniform: from here
  Nanos most_ = 0;   ///< uniform: to here; exponential: the mean
};

}  // namespace hopcost::loadgen
