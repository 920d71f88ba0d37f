#pragma once

#include <string>

#include "loadgen/judge/judgement.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// The table a person reads after a run.
[[nodiscard]] std::string console_report(const Options& options, const RunResult& result,
                                         const Judgement& judgement);

}  // namespace hopcost::loadgen
