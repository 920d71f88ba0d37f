#pragma once

#include <functional>
#include <random>
#include <stop_token>
#include <vector>

#include "overhead/measure/pass.hpp"

namespace hopcost::overhead {

/// The order of arms in a mirrored pair of rounds: a random permutation, then its exact reverse, so
/// that a drift shared by the arms cancels.
struct MirroredPair {
  std::vector<std::size_t> first;
  std::vector<std::size_t> second;
};
[[nodiscard]] MirroredPair mirrored_pair(std::size_t arms, std::mt19937_64& random);

/// Passes of `rounds` mirrored rounds of one restart.
struct RoundsResult {
  std::vector<PassResult> passes;
  std::vector<bool> polluted;  ///< beside each pass: other work disturbed its pair of rounds
  int repeated_pairs = 0;      ///< disturbed pairs that were measured again
};

/// Runs one pass, the argument being the arm.
using RunArm = std::function<Result<PassResult>(const Arm&)>;

/// CPUs' worth of work by other processes, and taken by the host, beyond which a pair of rounds is
/// polluted.
inline constexpr double kOtherShare = 0.12;
inline constexpr double kStolenShare = 0.02;

/// Runs `rounds` (even) rounds of all arms. A polluted pair of rounds is measured again, at most
/// `repeats_left` times in all (counted down); after that it is kept and marked.
[[nodiscard]] Result<RoundsResult> run_rounds(const std::vector<Arm>& arms, int restart, int rounds,
                                              std::mt19937_64& random, int& repeats_left,
                                              const std::stop_token& stop, const RunArm& run_arm);

}  // namespace hopcost::overhead
