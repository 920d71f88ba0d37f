#include "loadgen/plan/dry_run.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "common/units.hpp"
#include "loadgen/probe.hpp"
#include "loadgen/run.hpp"
#include "loadgen/schedule/schedule.hpp"
#include "loadgen/workload/workload.hpp"

namespace hopcost::loadgen {
namespace {

constexpr std::size_t kShown = 3;

/// When the requests of an open loop are due, from the run's first on.
std::vector<Nanos> due_times(const Options& options, const std::vector<DatasetEntry>* entries) {
  const Nanos end = options.warmup + options.duration + options.cooldown;
  const auto most =
      options.max_requests == 0 ? std::numeric_limits<std::uint64_t>::max() : options.max_requests;
  std::vector<Nanos> times;
  if (options.replay) {
    for (const auto& entry : *entries) {
      if (times.size() == most) break;
      times.push_back(static_cast<Nanos>(static_cast<double>(*entry.at) / options.replay_speed));
    }
    return times;
  }
  Schedule schedule(0, options.rate_profile(), options.arrival, options.seed, 0, 1);
  while (schedule.due() < end && times.size() < most) times.push_back(schedule.take());
  return times;
}

void add_request(std::string& out, const Workload& workload, const Options& options,
                 std::uint64_t number, std::optional<Nanos> due) {
  const auto asked = workload.ask(number);
  const auto when = due ? fmt::format("{:>12.6f} s", in_seconds(*due)) : std::string();
  fmt::format_to(std::back_inserter(out), "{:>10}  {}  prompt {:>6}  output {:>6}  model {}{}\n",
                 number, when, asked.prompt, asked.output, options.models[asked.model].name,
                 options.classes.empty()
                     ? ""
                     : fmt::format("  class {}", options.classes[asked.kind].share.name));
}

double highest_rate(const Options& options) {
  double rate = options.rate_per_s;
  for (const auto& stage : options.stages) {
    rate = std::max({rate, stage.from_per_s, stage.to_per_s});
  }
  return rate;
}

}  // namespace

Result<std::string> dry_run(const Options& options) {
  std::shared_ptr<const std::vector<DatasetEntry>> entries;
  if (!options.dataset.empty()) {
    auto read = read_dataset(options.dataset);
    if (!read) return std::unexpected(read.error());
    entries = std::make_shared<const std::vector<DatasetEntry>>(std::move(*read));
  }
  const Workload workload(options, entries);
  std::string out;
  auto put = std::back_inserter(out);
  if (!options.open_loop()) {
    fmt::format_to(put, "closed loop of {} users for {}, warm-up {}: its first requests\n",
                   options.concurrency, duration_text(options.duration),
                   duration_text(options.warmup));
    const auto shown = options.max_requests == 0
                           ? std::uint64_t{2 * kShown}
                           : std::min<std::uint64_t>(options.max_requests, 2 * kShown);
    for (std::uint64_t i = 0; i < shown; ++i) add_request(out, workload, options, i, {});
    return out + "nothing was sent\n";
  }
  const auto times = due_times(options, entries.get());
  fmt::format_to(put, "open loop, {} requests in {:.3f} s, warm-up {}\n", times.size(),
                 in_seconds(options.warmup + options.duration + options.cooldown),
                 duration_text(options.warmup));
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i == kShown && times.size() > 2 * kShown) {
      out += "       ...\n";
      i = times.size() - kShown;
    }
    add_request(out, workload, options, i, times[i]);
  }
  std::uint64_t prompt = 0;
  std::uint64_t output = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto asked = workload.ask(i);
    prompt += asked.prompt;
    output += asked.output;
  }
  fmt::format_to(put, "prompts of {} tokens, answers of at most {}\n", prompt, output);
  if (const double rate = highest_rate(options); rate > 0) {
    fmt::format_to(put,
                   "at {:.1f}/s and {} connections a reply may take {} on average, or requests "
                   "are sent late\n",
                   rate, options.max_in_flight,
                   format_duration(options.max_in_flight / rate * static_cast<double>(kSecond)));
  }
  return out + "nothing was sent\n";
}

Result<void> check_little(const Options& options) {
  const double rate = highest_rate(options);
  if (rate <= 0) return {};
  constexpr std::uint64_t kAsked = 3;
  Options probe = few_requests(options, kAsked);
  probe.duration /= static_cast<Nanos>(kAsked);  // a server that hangs is not waited for so often
  const auto result = run(probe);
  if (!result) return std::unexpected(result.error());
  const auto& e2e = result->metrics[Metric::e2e];
  if (e2e.count() == 0) return {};  // what is wrong with the replies the run itself will say
  const double latency_s = e2e.quantile(0.5).value_or(0) / static_cast<double>(kSecond);
  const double needed = rate * latency_s;
  if (needed <= options.max_in_flight) return {};
  return fail(ErrorCode::not_valid,
              fmt::format("little: {:.1f}/s of replies that take {} need {:.0f} requests under "
                          "way; --max-in-flight is {}",
                          rate, format_duration(latency_s * static_cast<double>(kSecond)),
                          std::ceil(needed), options.max_in_flight));
}

}  // namespace hopcost::loadgen
