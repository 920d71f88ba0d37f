// Whether the intervals hold: the whole way from passes to a verdict, on made-up passes whose truth
// is known. Every model keeps its seed, so that a figure is the same each time.

#include <cmath>
#include <random>

#include <fmt/format.h>

#include "overhead/gate/gate.hpp"
#include "overhead/measure/rounds.hpp"
#include "overhead/plan/timetable.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

constexpr int kRuns = 2000;
constexpr double kUs = 1e3;

/// What happens on the machine and in the stack beside the overhead itself; times in ns.
struct Model {
  std::string name;
  double truth = 50 * kUs;       ///< mean overhead over all restarts there could be
  double restart_sd = 10 * kUs;  ///< normal, or
  double restart_sigma = 0;      ///< lognormal with this sigma of the logarithm, or
  double modes_apart = 0;        ///< one of two values this far apart, as likely as not
  double noise = 4 * kUs;        ///< of each pass, normal
  double memory = 0;             ///< autocorrelation, from pass to pass, of noise the arms share
  double drift = 0;              ///< a pass
  double polluted = 0;           ///< share of passes that another process makes slower
  double pollution = 100 * kUs;  ///< by this much on average, exponential
};

double restart_effect(const Model& model, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  if (model.modes_apart > 0) {
    return model.truth + (random() % 2 == 0 ? 0.5 : -0.5) * model.modes_apart;
  }
  const double sigma = model.restart_sigma;
  if (sigma > 0) return model.truth * std::exp(sigma * normal(random) - sigma * sigma / 2);
  return model.truth + model.restart_sd * normal(random);
}

/// Adds one restart of two mirrored rounds, in the order in which a run makes them.
void add_restart(const Model& model, int restart, std::mt19937_64& random,
                 std::vector<PassRecord>& passes) {
  static const std::array<const char*, 3> kArms{kBaseline, kBaseline2, kStack};
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential(1 / model.pollution);
  std::uniform_real_distribution<double> uniform;
  const double overhead = restart_effect(model, random);
  const auto order = mirrored_pair(kArms.size(), random);
  double shared = model.noise * normal(random);
  double drifted = 0;
  for (int round = 0; round < 2; ++round) {
    for (const std::size_t arm : round == 0 ? order.first : order.second) {
      shared = model.memory * shared +
               std::sqrt(1 - model.memory * model.memory) * model.noise * normal(random);
      drifted += model.drift;
      double value = 2'000 * kUs + drifted + model.noise * normal(random);
      if (model.memory > 0) value += shared;
      if (uniform(random) < model.polluted) value += exponential(random);
      PassRecord pass;
      pass.arm = kArms[arm];
      pass.through_stack = pass.arm == kStack;
      if (pass.through_stack) value += overhead;
      pass.restart = restart;
      pass.round = round;
      pass.quantities["e2e.p50"] = value;
      passes.push_back(std::move(pass));
    }
  }
}

Estimate estimate_of(const std::vector<PassRecord>& passes, double level,
                     const char* arm = kStack) {
  return estimate_mean(*restart_differences(passes, arm, kBaseline, "e2e.p50"), level).value();
}

struct Coverage {
  int covered = 0;
  int null_alarms = 0;  ///< intervals of baseline2 - baseline that exclude zero
  double share() const { return static_cast<double>(covered) / kRuns; }
};

Coverage coverage_of(const Model& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Coverage coverage;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<PassRecord> passes;
    for (int restart = 0; restart < 10; ++restart) add_restart(model, restart, random, passes);
    const auto estimate = estimate_of(passes, 0.95);
    coverage.covered += estimate.low <= model.truth && model.truth <= estimate.high ? 1 : 0;
    coverage.null_alarms += estimate_of(passes, 0.95, kBaseline2).contains_zero() ? 0 : 1;
  }
  return coverage;
}

std::vector<Model> models() {
  std::vector<Model> all;
  all.push_back({.name = "normal restarts"});
  all.push_back({.name = "lognormal restarts", .restart_sigma = 0.5});
  all.push_back({.name = "autocorrelated noise", .noise = 12 * kUs, .memory = 0.5});
  all.push_back({.name = "drift", .drift = 5 * kUs});
  all.push_back({.name = "one pass in ten polluted, by too little to be seen",
                 .polluted = 0.1,
                 .pollution = 20 * kUs});
  all.push_back({.name = "all of them together",
                 .restart_sigma = 0.3,
                 .noise = 8 * kUs,
                 .memory = 0.5,
                 .drift = 3 * kUs,
                 .polluted = 0.05,
                 .pollution = 20 * kUs});
  return all;
}

}  // namespace

TEST_CASE("simulated: 95 % intervals cover the truth in 93 to 97 % of runs") {
  for (const auto& model : models()) {
    const auto coverage = coverage_of(model, 20'260'101);
    INFO(fmt::format("{}: {:.3f} covered, {:.3f} null alarms", model.name, coverage.share(),
                     static_cast<double>(coverage.null_alarms) / kRuns));
    CHECK(coverage.share() >= 0.93);
    CHECK(coverage.share() <= 0.97);
    CHECK(coverage.null_alarms <= 0.07 * kRuns);
  }
}

TEST_CASE("simulated: intervals that may be looked at three times still cover the truth") {
  const auto looks = looks_at(10, true);
  for (const double truth : {0.0, 5 * kUs, 15 * kUs, 50 * kUs}) {
    const Model model{.name = "normal restarts", .truth = truth};
    std::mt19937_64 random(20'260'102);
    int covered = 0;
    int stopped_early = 0;
    for (int run = 0; run < kRuns; ++run) {
      std::vector<PassRecord> passes;
      for (int restart = 0; restart < 10; ++restart) {
        add_restart(model, restart, random, passes);
        if (!looks.has(restart + 1)) continue;
        const auto estimate = estimate_of(passes, looks.level());
        if (estimate.contains_zero() && restart < 9) continue;
        covered += estimate.low <= truth && truth <= estimate.high ? 1 : 0;
        stopped_early += restart < 9 ? 1 : 0;
        break;
      }
    }
    INFO(fmt::format("truth {} us: {} of {} covered, {} stopped early", truth / kUs, covered, kRuns,
                     stopped_early));
    CHECK(covered >= 0.93 * kRuns);
    CHECK((truth < 50 * kUs || stopped_early > 0.9 * kRuns));
  }
}

namespace {

/// What a gate says of one simulated run, its bound at `bound` ns.
Verdict gate_of(const Model& model, double bound, std::mt19937_64& random) {
  test::CellShape shape;
  shape.restarts = 10;
  Cell cell = test::healthy_cell(shape);
  std::vector<PassRecord> simulated;
  for (int restart = 0; restart < 10; ++restart) add_restart(model, restart, random, simulated);
  // The healthy passes come in the arms' order; each takes the value of its arm in its round.
  for (auto& pass : cell.passes) {
    for (const auto& other : simulated) {
      if (other.restart == pass.restart && other.round == pass.round && other.arm == pass.arm) {
        pass.quantities["e2e.p50"] = other.quantities.at("e2e.p50");
      }
    }
  }
  conclude(cell);
  ReadStudy study;
  study.cells.push_back(std::move(cell));
  Budgets budgets;
  budgets.list.push_back({"*", "e2e.p50", Budget::Kind::added, bound, "bound"});
  return judge_budgets(study, budgets).verdict;
}

}  // namespace

TEST_CASE("simulated: a gate whose bound is the truth fails in at most 5 % of runs") {
  const Model model{.name = "normal restarts"};
  std::mt19937_64 random(20'260'103);
  constexpr int kGates = 400;
  int failed = 0;
  int passed = 0;
  for (int run = 0; run < kGates; ++run) {
    const auto verdict = gate_of(model, model.truth, random);
    failed += verdict == Verdict::fail ? 1 : 0;
    passed += verdict == Verdict::pass ? 1 : 0;
  }
  INFO(fmt::format("{} failed, {} passed of {}", failed, passed, kGates));
  CHECK(failed <= 0.05 * kGates);
  CHECK(passed <= 0.05 * kGates);
}

TEST_CASE("simulated: restarts of two kinds end in no verdict") {
  const Model model{.name = "bimodal", .modes_apart = 200 * kUs};
  std::mt19937_64 random(20'260'104);
  constexpr int kGates = 200;
  int told = 0;
  for (int run = 0; run < kGates; ++run) {
    // Far above: even where every restart were of the worse kind it would pass.
    if (gate_of(model, 1'000 * kUs, random) != Verdict::no_verdict) ++told;
  }
  INFO(told << " of " << kGates << " had a verdict");
  CHECK(told <= 0.02 * kGates);
}
