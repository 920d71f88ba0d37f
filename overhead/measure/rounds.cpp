#include "overhead/measure/rounds.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace hopcost::overhead {
namespace {

/// Over the pair, not a pass: the host's count of stolen time moves in steps of 10 ms.
bool is_polluted(const std::vector<PassResult>& pair) {
  double other = 0;
  double steal = 0;
  for (const auto& pass : pair) {
    other += pass.other_cpu_share;
    steal += pass.steal_share;
  }
  const auto passes = static_cast<double>(pair.size());
  return other / passes > kOtherShare || steal / passes > kStolenShare;
}

}  // namespace

MirroredPair mirrored_pair(std::size_t arms, std::mt19937_64& random) {
  MirroredPair pair;
  pair.first.resize(arms);
  std::iota(pair.first.begin(), pair.first.end(), 0U);
  std::ranges::shuffle(pair.first, random);
  pair.second.assign(pair.first.rbegin(), pair.first.rend());
  return pair;
}

Result<RoundsResult> run_rounds(const std::vector<Arm>& arms, int restart, int rounds,
                                std::mt19937_64& random, int& repeats_left,
                                const std::stop_token& stop, const RunArm& run_arm) {
  RoundsResult result;
  for (int round = 0; round < rounds && !stop.stop_requested();) {
    const auto order = mirrored_pair(arms.size(), random);
    std::vector<PassResult> pair;
    for (int half = 0; half < 2; ++half) {
      int position = 0;
      for (const std::size_t index : half == 0 ? order.first : order.second) {
        auto pass = run_arm(arms[index]);
        if (!pass) return std::unexpected(pass.error());
        pass->restart = restart;
        pass->round = round + half;
        pass->position = position++;
        pair.push_back(std::move(*pass));
      }
    }
    if (stop.stop_requested()) break;  // a pair that was cut short is no pair
    const bool polluted = is_polluted(pair);
    if (polluted && repeats_left > 0) {
      --repeats_left;
      ++result.repeated_pairs;
      continue;
    }
    result.polluted.insert(result.polluted.end(), pair.size(), polluted);
    std::ranges::move(pair, std::back_inserter(result.passes));
    round += 2;
  }
  return result;
}

}  // namespace hopcost::overhead
