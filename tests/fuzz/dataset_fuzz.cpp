// A dataset is read, or refused with its name and what is wrong; every request of it can be sent.

#include <memory>
#include <string>

#include "loadgen/workload/workload.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(fuzz::text_of(bytes, size));
  for (const auto* name : {"d.jsonl", "d.json", "d.csv"}) {
    auto entries = parse_dataset(text, name);
    if (!entries) {
      fuzz::expect(entries.error().to_string().starts_with(name), "an error names the file");
      continue;
    }
    fuzz::expect(!entries->empty(), "no dataset is empty");
    std::size_t longest = 0;
    for (const auto& entry : *entries) {
      fuzz::expect(entry.prompt <= TokenLength::kMost && entry.output <= TokenLength::kMost,
                   "lengths are within bounds");
      longest = std::max<std::size_t>(longest, entry.prompt);
    }
    if (longest > 10'000) continue;  // prompts of a million words take their time
    Options options;
    options.targets = {*parse_api_base("http://127.0.0.1:1")};
    const Workload workload(options,
                            std::make_shared<const std::vector<DatasetEntry>>(std::move(*entries)));
    std::string out;
    workload.render(workload.ask(0), 0, {}, out);
    fuzz::expect(out.find("\r\n\r\n") != std::string::npos, "a request has a head");
  }
  return 0;
}
