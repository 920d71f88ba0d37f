#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/endpoint.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {

/// What is asked again and again until something is ready.
struct ReadyCheck {
  ApiBase api;
  std::string path;        ///< GET, must answer 200
  std::uint16_t port = 0;  ///< of the path; 0: the API's
  std::string model;       ///< for one completion, which must be a valid one
  std::vector<std::pair<std::string, std::string>> headers;
  Nanos timeout = 15 * kSecond;
  Nanos idle_limit = 20 * kSecond;  ///< no answer and no CPU used for so long: it will not come up
  std::string what;                 ///< for the error: "nginx (workers 2)"
};

/// Waits until `check` holds: the ready path answers 200 and one completion is valid. An Error when
/// the process ends before, time runs out, or it does nothing any more: a parent can outlive the
/// workers that it should have. The Error shows the last log lines.
[[nodiscard]] Result<void> wait_until_ready(SupervisedProcess& process, const ReadyCheck& check);

/// Waits until the process tree uses less than 5 % of a CPU for half a second: a second worker that
/// is still loading is not seen by a ready check which the first one answers.
void wait_until_at_rest(const SupervisedProcess& process, Nanos limit);

}  // namespace hopcost::overhead
