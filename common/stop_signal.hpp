#pragma once

#include <memory>
#include <stop_token>

namespace hopcost {

/// While it lives, the first SIGINT or SIGTERM requests a stop, so that what was measured can be
/// kept; a second one ends the program at once with 128 + signal. Runs a thread of its own; one at
/// a time.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  [[nodiscard]] std::stop_token token() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hopcost
