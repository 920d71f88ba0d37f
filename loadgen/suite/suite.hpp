#pragma once

#include <string>
#include <vector>

namespace hopcost::loadgen {

/// Which target and scenario a command line names, and what follows from it beyond its options.
struct Suite {
  std::string target;               ///< empty: none
  std::string scenario;             ///< empty: none
  std::vector<std::string> models;  ///< one run each, in turn; empty: one run, as its options say
};

}  // namespace hopcost::loadgen
