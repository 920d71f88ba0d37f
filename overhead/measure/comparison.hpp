#pragma once

#include <map>
#include <string>

#include "overhead/measure/study.hpp"

namespace hopcost::overhead {

/// Two builds of one stack, measured in the same rounds in front of the same backend.
struct Builds {
  StackManifest base;
  StackManifest head;
  int workers = 1;
  std::map<std::string, std::string> versions;  ///< of "base" and "head", where known
};

/// A study whose cells compare `head` with `base`. Both run all the time; which of them is started
/// first changes from restart to restart. A start that fails is noted in `failures`.
[[nodiscard]] Study compare_builds(const Experiment& experiment, const Builds& builds,
                                   const StudyContext& context);

}  // namespace hopcost::overhead
