// An experiment by design is treatments, or one error with its place.

#include <string>

#include "overhead/plan/design.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  const auto root = parse_yaml(std::string(fuzz::text_of(bytes, size)), "f.yaml");
  if (!root || !root->is_map()) return 0;
  const auto design = catch_errors([&] { return decode_design(*root); });
  if (!design) {
    fuzz::expect(design.error().where.starts_with("f.yaml"), "a complaint names the file");
    return 0;
  }
  fuzz::expect(!design->setups.empty() && !design->runs.empty(), "there is always one to make");
  for (const auto& treatment : design->setups) {
    fuzz::expect(treatment.size() == design->setups.front().size(), "all have the same factors");
  }
  return 0;
}
