#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/microbench/comparison.hpp"

namespace hopcost::overhead {

int micro_command(const Program& program) {
  const auto& options = program.micro;
  const auto base = read_benchmarks(options.base);
  if (!base) return report_error(base.error());
  const auto head = read_benchmarks(options.head);
  if (!head) return report_error(head.error());
  constexpr double kPercent = 100;
  const auto comparison =
      compare_benchmarks(*base, *head, options.level, options.at_least_percent / kPercent);
  fmt::print("{}", comparison_text(comparison));
  return comparison.exit_code();
}

}  // namespace hopcost::overhead
