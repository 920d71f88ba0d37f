#pragma once

#include <cstdint>
#include <vector>

#include "loadgen/measure/sample.hpp"

namespace hopcost::loadgen {

/// One request's time that has to be at most so long.
struct Objective {
  Metric metric = Metric::e2e;
  Nanos at_most = 0;
};

/// Of how many correct replies each objective was met, and of how many all were. A time that a
/// reply cannot have (tpot of one token) is no miss. Failed requests are not counted: they met
/// none.
struct Attainment {
  std::uint64_t all = 0;
  std::vector<std::uint64_t> each;  ///< in the objectives' order; empty where nothing was counted

  void count(const std::vector<Objective>& objectives, const Sample& sample);
  void merge(const Attainment& other);
};

}  // namespace hopcost::loadgen
