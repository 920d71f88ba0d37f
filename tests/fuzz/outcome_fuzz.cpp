// What other load generators leave behind is read, or refused by its name.

#include <string>

#include "overhead/harness/outcome.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(fuzz::text_of(bytes, size));
  for (const auto form : {OutcomeForm::inference_perf, OutcomeForm::guidellm, OutcomeForm::vllm,
                          OutcomeForm::aiperf, OutcomeForm::lines}) {
    const auto run = outcome_from_text(form, text, "out");
    if (!run) {
      fuzz::expect(run.error().where.starts_with("out"), "an error names the file");
      continue;
    }
    const auto& counters = run->counters;
    fuzz::expect(counters.sent > 0 && counters.ok <= counters.sent,
                 "no more answers than requests");
    fuzz::expect(run->measured_ns >= 0, "a window is not negative");
    fuzz::expect(run->metrics[loadgen::Metric::e2e].count() <= counters.ok,
                 "no more latencies than answers");
  }
  return 0;
}
