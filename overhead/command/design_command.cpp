#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/plan/design.hpp"

namespace hopcost::overhead {
namespace {

void print(const char* what, const Treatment& treatment) {
  fmt::print("{}", what);
  for (const auto& [name, value] : treatment) fmt::print("\t{}={}", name, value);
  fmt::print("\n");
}

}  // namespace

int design_command(const Program& program) {
  const auto design = load_design(program.design);
  if (!design) return report_error(design.error());
  for (const auto& setup : design->setups) {
    print("setup", setup);
    for (const auto& run : design->runs) print("run", run);
  }
  return 0;
}

}  // namespace hopcost::overhead
