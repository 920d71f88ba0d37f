#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "loadgen/measure/result.hpp"

namespace hopcost::overhead {

/// In which form a harness states what its requests took.
enum class OutcomeForm {
  hopcost,         ///< run.json of loadgen
  inference_perf,  ///< per_request_lifecycle_metrics.json
  guidellm,        ///< benchmarks.json of 0.6 and later, with its requests
  vllm,            ///< the result of `vllm bench serve --save-result --save-detailed`
  aiperf,          ///< profile_export.jsonl
  /// JSON lines, one a request: {"e2e_s": 0.02, "ttft_s": 0.01, "gaps_s": [0.002, ...], "n": 1,
  /// "error": "..."}; of these `e2e_s` or `error` is needed. `n` is how many it stands for. A line
  /// {"window_s": 9.8} says how long it was measured; else from the first "start_s" to the last
  /// "end_s".
  lines,
};
/// An Error lists the forms there are.
[[nodiscard]] Result<OutcomeForm> outcome_form(std::string_view name);

/// The requests that a file of that form tells of, as a run of ours would have recorded them:
/// e2e, ttft, gaps between chunks (itl: their mean in a stream), counts, failures with a sample,
/// the window. What the tool does not state is not there. Times are the tool's, by its own
/// definitions (docs/outputs.md). An Error names the file, and where what is missing.
[[nodiscard]] Result<loadgen::RunResult> read_outcome(OutcomeForm form,
                                                      const std::filesystem::path& file);
/// The same of a text; `name` is for complaints. Not for OutcomeForm::hopcost.
[[nodiscard]] Result<loadgen::RunResult> outcome_from_text(OutcomeForm form,
                                                           const std::string& text,
                                                           const std::string& name);

}  // namespace hopcost::overhead
