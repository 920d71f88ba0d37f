#include "loadgen/options.hpp"

#include <fmt/format.h>

namespace hopcost::loadgen {

std::string models_text(const Options& options) {
  if (options.models.size() == 1) return options.models.front().name;
  double sum = 0;
  for (const auto& model : options.models) sum += model.weight;
  std::string text;
  for (const auto& model : options.models) {
    text += fmt::format("{}{} ({:.0f} %)", text.empty() ? "" : ", ", model.name,
                        100 * model.weight / sum);
  }
  return text;
}

RateProfile Options::rate_profile() const {
  if (stages.empty()) return RateProfile(rate_per_s);
  auto all = stages;
  if (warmup > 0) {
    const double first = stages.front().from_per_s;
    all.insert(all.begin(), Stage{warmup, first, first});
  }
  return RateProfile(all);
}

}  // namespace hopcost::loadgen
