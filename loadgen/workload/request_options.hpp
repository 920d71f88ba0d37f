#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

struct Options;

/// What the command line says about requests before it is checked.
struct RawRequests {
  std::vector<std::string> models{"mock-model"};
  std::string api = "chat";
  std::string prompt_tokens = "32";
  std::string output_tokens = "64";
  std::vector<std::string> classes;
  std::string prefix;
  std::string turns = "1";
  std::string replay;
  std::string server_time;
};

/// Adds the options about requests, and checks them afterwards; the rest is written into `options`.
void add_request_options(CLI::App& group, RawRequests& raw, Options& options);
[[nodiscard]] Result<void> read_requests(const RawRequests& raw, Options& options);

}  // namespace hopcost::loadgen
