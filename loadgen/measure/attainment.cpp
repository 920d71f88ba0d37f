#include "loadgen/measure/attainment.hpp"

#include <algorithm>

namespace hopcost::loadgen {

void Attainment::count(const std::vector<Objective>& objectives, const Sample& sample) {
  if (objectives.empty()) return;
  each.resize(objectives.size());
  bool good = true;
  for (std::size_t i = 0; i < each.size(); ++i) {
    const auto& objective = objectives[i];
    const bool met = !sample.has(objective.metric) || sample[objective.metric] <= objective.at_most;
    if (met) ++each[i];
    good = good && met;
  }
  if (good) ++all;
}

void Attainment::merge(const Attainment& other) {
  all += other.all;
  each.resize(std::max(each.size(), other.each.size()));
  for (std::size_t i = 0; i < other.each.size(); ++i) each[i] += other.each[i];
}

}  // namespace hopcost::loadgen
