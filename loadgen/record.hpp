#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "loadgen/judge/judgement.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// What run.json says: what was run, what it gave, how it is judged. Every other output is rendered
/// from this alone.
struct RunRecord {
  Options options;
  RunResult result;
  Judgement judgement;
  Nanos started_at_ns = 0;    ///< of the measured window, since the epoch
  std::string sweep;          ///< the plan, where there was one: "concurrency=1,2,4"
  std::string findings;       ///< what it found
  std::string target = {};    ///< by which name it was known; empty: none
  std::string scenario = {};  ///< the same
};

/// Schema hopcost.loadgen/1. Without API key and headers: they may hold secrets.
[[nodiscard]] nlohmann::json to_json(const RunRecord& record);

}  // namespace hopcost::loadgen
