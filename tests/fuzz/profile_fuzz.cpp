// A load profile is options of loadgen, or one error with its place.

#include <string>

#include "loadgen/profile/profile.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

void look_at(const Settings& settings) {
  for (const auto& [option, values] : settings) {
    fuzz::expect(!option.empty() && !values.empty(), "a setting has a name and a value");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  auto root = parse_yaml(std::string(fuzz::text_of(bytes, size)), "f.yaml");
  if (!root || !root->is_map()) return 0;
  const auto known = catch_errors([&] { return is_profile(*root); });
  const auto profile = catch_errors([&] { return decode_profile(*root); });
  if (!profile) {
    fuzz::expect(profile.error().where.starts_with("f.yaml"), "a complaint names the file");
    fuzz::expect(profile.error().exit_code() == 64, "a wrong profile is a usage error");
  } else {
    fuzz::expect(known.has_value(), "a profile can be told from options");
    look_at(profile->load);
    look_at(profile->requests);
    look_at(profile->rest);
  }
  (void)change_values(*root, {"data.shared_prefix.output_len=3", "load.type=poisson"});
  return 0;
}
