#include "loadgen/plan/plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

constexpr double kPrecision = 1.05;  ///< a search ends where its bounds are that close
constexpr int kMostLevels = 40;
constexpr double kGoodput = 0.99;
constexpr double kRateKept = 0.99;

/// All users are there before anything counts.
Options with_users(Options options, int users) {
  options.rate_per_s = 0;
  options.warmup = std::max(options.warmup, until_all_begin(users, options.spawn_per_s));
  options.concurrency = users;
  options.threads = std::min(options.threads, users);
  return options;
}

Options with_rate(Options options, double rate_per_s) {
  options.rate_per_s = rate_per_s;
  return options;
}

/// The levels so far.
class Levels {
 public:
  Levels(const RunLevel& run_level, PlanResult& out) : run_level_(run_level), out_(out) {}

  /// Runs one more; false: it was the last, because it was stopped.
  Result<bool> add(const Options& options) {
    auto level = run_level_(options, number_);
    if (!level) return std::unexpected(level.error());
    out_.busiest_share = std::max(out_.busiest_share, level->generator_busy_share);
    StageResult stage;
    stage.rate_per_s = level->offered_per_s;
    stage.concurrency = options.open_loop() ? 0 : options.concurrency;
    stage.measured = *level;
    stage.seconds = level->seconds;
    last_ = *level;
    const Nanos so_far = out_.total.measured_ns;
    level->stages.clear();
    auto& seconds = out_.total.seconds;
    seconds.insert(seconds.end(), level->seconds.begin(), level->seconds.end());
    level->seconds.clear();
    level->requests = relabelled(level->requests);
    out_.total.merge(*level);
    out_.total.measured_ns = so_far + stage.measured.measured_ns;
    out_.total.offered_per_s = 0;
    for (auto& label : out_.total.labels) label.measured.measured_ns = out_.total.measured_ns;
    out_.total.stages.push_back(std::move(stage));
    ++number_;
    if (last_.cut_short) return false;
    if (last_.stopped_by.empty()) last_.stopped_by = out_.total.stopped_by = crossed_by(options);
    if (last_.stopped_by.empty()) return true;
    out_.findings.broke_at = options.open_loop() ? fmt::format("{:.1f}/s", options.rate_per_s)
                                                 : fmt::format("{} user{}", options.concurrency,
                                                               options.concurrency == 1 ? "" : "s");
    out_.findings.broke_by = last_.stopped_by;
    return false;
  }
  [[nodiscard]] const RunResult& last() const { return last_; }
  [[nodiscard]] int count() const { return number_; }

 private:
  /// A level may be too short for its seconds to show what all of it does.
  [[nodiscard]] std::string crossed_by(const Options& options) const {
    for (const auto& threshold : options.stop_if) {
      const auto value = threshold.figure.value(last_);
      if (!value || !threshold.is_true_of(*value)) continue;
      return fmt::format("{}: {} over the whole level", threshold.text,
                         threshold.figure.text_of(*value));
    }
    return {};
  }
  /// Rows that know their level.
  [[nodiscard]] RequestLog relabelled(const RequestLog& log) const {
    RequestLog out(log.size());
    for (auto row : log.rows()) {
      row.slice.stage = static_cast<std::uint16_t>(number_);
      out.add(std::move(row));
    }
    return out;
  }

  const RunLevel& run_level_;
  PlanResult& out_;
  RunResult last_;
  int number_ = 0;
};

Result<void> sweep(const Plan& plan, const Options& options, Levels& levels) {
  for (const double value : plan.values) {
    const bool users = plan.kind == Plan::Kind::users;
    const auto more = levels.add(users ? with_users(options, static_cast<int>(value))
                                       : with_rate(options, value));
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
  return {};
}

Result<void> sweep_between(const Plan& plan, const Options& options, Levels& levels) {
  const auto idle = levels.add(with_users(options, 1));
  if (!idle) return std::unexpected(idle.error());
  const double least = levels.last().requests_per_s();
  if (!*idle) return {};
  const auto full = levels.add(with_users(options, options.max_in_flight));
  if (!full) return std::unexpected(full.error());
  const double most = levels.last().requests_per_s();
  if (!*full || most <= least) return {};
  const int rates = plan.levels - 2;
  for (int i = 1; i <= rates; ++i) {
    const double rate = least + (most - least) * i / (rates + 1);
    const auto more = levels.add(with_rate(options, rate));
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
  return {};
}

Result<void> search(const Plan& plan, const Options& options, Levels& levels, Findings& findings) {
  const double highest = plan.values.back();
  double rate = plan.values.front();
  while (levels.count() < kMostLevels) {
    const auto more = levels.add(with_rate(options, rate));
    if (!more) return std::unexpected(more.error());
    if (!*more) {
      findings.why = "stopped before the end";
      return {};
    }
    if (levels.last().generator_busy_share > kBusyShare) {
      findings.why =
          fmt::format("the load generator itself was busy {:.0f} % of the time at {:.1f}/s",
                      100 * levels.last().generator_busy_share, rate);
      return {};
    }
    if (const auto missed = missed_by(options, levels.last()); missed.empty()) {
      findings.met_per_s = rate;
    } else {
      findings.missed_per_s = rate;
      findings.why = missed;
    }
    if (!findings.met_per_s) return {};  // not even the lowest
    if (!findings.missed_per_s) {
      if (rate >= highest) return {};
      rate = std::min(highest, rate * 2);
    } else {
      if (*findings.missed_per_s / *findings.met_per_s <= kPrecision) return {};
      rate = std::sqrt(*findings.met_per_s * *findings.missed_per_s);
    }
  }
  return {};
}

}  // namespace

std::string missed_by(const Options& options, const RunResult& level) {
  const auto& counters = level.counters;
  const double due = static_cast<double>(counters.sent + counters.unsent);
  if (counters.sent == 0) return "no request was sent";
  if (static_cast<double>(counters.sent) < kRateKept * due) {
    return fmt::format("{} of {} requests that were due were sent", counters.sent,
                       counters.sent + counters.unsent);
  }
  for (const auto& target : options.service_level.targets) {
    const auto value = target.figure.value(level);
    if (!value) return fmt::format("{}: too few samples to tell", target.text);
    if (!target.is_true_of(*value)) {
      return fmt::format("{}: {}", target.text, target.figure.text_of(*value));
    }
  }
  if (options.service_level.objectives.empty()) return {};
  const double good =
      static_cast<double>(level.attainment.all) / static_cast<double>(counters.sent);
  return good < kGoodput ? fmt::format("goodput {:.2f} %", 100 * good) : std::string();
}

std::string Findings::text() const {
  const auto found = text_of_plan();
  if (broke_at.empty()) return found;
  return fmt::format("{}{}breaking point: {}: {}", found, found.empty() ? "" : "; ", broke_at,
                     broke_by);
}

std::string Findings::text_of_plan() const {
  if (kind == Plan::Kind::users) {
    if (!knee.users) return fmt::format("knee: n/a: {}", knee.why);
    return fmt::format(
        "knee: {:.1f} users [{:.1f}, {:.1f}]; the most was {:.1f}/s [{:.1f}, {:.1f}] at {} users",
        knee.users->value, knee.users->low, knee.users->high, knee.most_per_s.value,
        knee.most_per_s.low, knee.most_per_s.high, knee.at_users);
  }
  if (kind != Plan::Kind::search) return {};
  if (!met_per_s) return fmt::format("search: no rate met the service level: {}", why);
  if (!missed_per_s) {
    return why.empty() ? fmt::format(
                             "search: {:.1f}/s, the highest that was allowed, met the "
                             "service level",
                             *met_per_s)
                       : fmt::format("search: {:.1f}/s met the service level; {}", *met_per_s, why);
  }
  return fmt::format("search: {:.1f}/s met the service level, {:.1f}/s did not: {}", *met_per_s,
                     *missed_per_s, why);
}

Result<PlanResult> carry_out(const Plan& plan, const Options& options, const RunLevel& run_level) {
  PlanResult out;
  out.findings.kind = plan.kind;
  Levels levels(run_level, out);
  Result<void> done;
  if (plan.kind == Plan::Kind::between) {
    done = sweep_between(plan, options, levels);
  } else if (plan.kind == Plan::Kind::search) {
    done = search(plan, options, levels, out.findings);
  } else {
    done = sweep(plan, options, levels);
  }
  if (!done) return std::unexpected(done.error());
  if (plan.kind == Plan::Kind::users) out.findings.knee = find_knee(out.total.stages);
  return out;
}

}  // namespace hopcost::loadgen
