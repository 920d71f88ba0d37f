#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "overhead/measure/calibration.hpp"

namespace CLI {
class App;
}

namespace hopcost::overhead {

/// Known costs as they are asked for; where none is, all of the usual ones and buffering.
struct CostFlags {
  std::vector<std::string> delays;
  std::vector<std::string> chunk_delays;
  std::vector<std::string> burns;
};

void bind_calibrate(CLI::App& app, CostFlags& flags, CalibrateOptions& options);
/// An Error names the flag.
Result<void> finish_calibrate(CostFlags flags, CalibrateOptions& options);

}  // namespace hopcost::overhead
