// Any text through the decoders of the time room: a complaint with its place, or a value whose
// samples, deadlines and states are sane and whose JSON is decoded to the same value.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "mockserver/time/distribution.hpp"
#include "mockserver/time/load.hpp"
#include "mockserver/time/prefix_cache.hpp"
#include "mockserver/time/profile.hpp"
#include "mockserver/time/step_scheduler.hpp"
#include "mockserver/time/timing.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::mockserver;
using fuzz::expect;

/// What `decode` makes of the text, after it was decoded again from its own JSON.
template <class Decode, class Show>
auto read_twice(const YamlNode& root, Decode decode, Show show) {
  using Value = decltype(decode(root));
  const Result<Value> value = catch_errors([&] { return decode(root); });
  if (!value) {
    expect(value.error().where.starts_with("f.yaml"), "a complaint names the file");
    expect(!value.error().message.empty(), "a complaint says something");
    return std::optional<Value>();
  }
  const auto again = parse_yaml(show(*value).dump(), "again.yaml");
  expect(again.has_value(), "a value's JSON is YAML");
  const Result<Value> second = catch_errors([&] { return decode(*again); });
  expect(second.has_value(), "a value's JSON is decoded");
  expect(*second == *value, "a value's JSON is decoded to the same value");
  return std::optional<Value>(*value);
}

void check_samples(const Distribution& distribution, double least, double most) {
  Random random(1);
  expect(distribution.max_value() <= most, "the bound is within the unit's");
  expect(std::isfinite(distribution.mean()), "the mean is finite");
  for (std::uint64_t i = 0; i < 32; ++i) {
    for (const double x : {distribution.sample(random), distribution.sample_at(i, random)}) {
      expect(std::isfinite(x) && x >= least && x <= distribution.max_value(),
             "a sample is finite and within bounds");
    }
  }
}

void check_pace(const Timing& timing) {
  Pace pace(timing, 1, 1'000'000, 3, 1000, Random(2));
  Nanos before = 1;
  for (int i = 0; i < 32; ++i) {
    expect(pace.due() >= before && pace.due() - before <= kLongestDelay,
           "a deadline is after the one before, by no more than the longest delay");
    expect(pace.unary_due(2) >= pace.due(), "an unstreamed answer is not early");
    before = pace.due();
    pace.advance();
  }
}

void check_load(const LoadModel& load) {
  for (const std::uint64_t running : {0U, 1U, 2U, 1000U, 1'000'000U}) {
    const double factor = slowdown_factor(load, running);
    expect(factor >= 1 && factor <= kMaxSlowdown, "a slowdown is within its range");
  }
  AdmissionQueue queue(load);
  for (std::uint64_t id = 0; id < 8; ++id) (void)queue.try_start(id);
  expect(load.max_running == 0 || queue.running() <= load.max_running, "no more run than may");
  expect(queue.waiting() <= load.max_waiting, "no more wait than may");
  if (!load.step) return;
  StepScheduler scheduler(load);
  for (std::uint64_t id = 0; id < 8; ++id) (void)scheduler.add(id, id * 1000, id, 0);
  std::vector<Produced> out;
  Nanos before = 0;
  for (int step = 0; step < 64 && scheduler.step_end(); ++step) {
    expect(*scheduler.step_end() > before, "a step takes time");
    before = *scheduler.step_end();
    expect(scheduler.running() <= load.max_running, "no more run than the batch has room for");
    scheduler.finish_step(out);
  }
}

void check_profile(const Profile& profile) {
  Nanos t = -1;
  for (int i = 0; i < 64; ++i) {
    const auto state = profile.at(t);
    expect(state.factor >= 0 && state.factor <= kMaxProfileFactor, "a factor is in its range");
    expect(state.errors >= 0 && state.errors <= 1, "a share of errors is a share");
    const auto next = profile.next_change_of_down(t);
    if (!next) return;
    expect(*next > std::max<Nanos>(t, 0), "the next change is ahead");
    expect(profile.at(*next).down != profile.at(*next - 1).down, "a change is a change");
    expect(profile.at(*next).down != state.down, "and there is none before it");
    t = *next;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  const auto root = parse_yaml(std::string(fuzz::text_of(bytes, size)), "f.yaml");
  if (!root) return 0;

  const auto delay =
      read_twice(*root, [](const YamlNode& node) { return decode_duration(node); }, duration_json);
  if (delay) check_samples(*delay, 0, static_cast<double>(kLongestDelay));
  for (const std::int64_t least : {0, 1}) {
    const auto count = read_twice(
        *root, [&](const YamlNode& node) { return decode_count(node, least, 1'000'000); },
        count_json);
    if (count) check_samples(*count, static_cast<double>(least), 1'000'000);
  }

  const auto timing = read_twice(
      *root,
      [](const YamlNode& node) {
        Timing read;
        auto fields = node.fields();
        decode_fields(fields, read);
        fields.finish();
        return read;
      },
      [](const Timing& value) { return to_json(value); });
  if (timing) check_pace(*timing);

  (void)read_twice(*root, decode_prefix_cache,
                   [](const PrefixCacheSettings& value) { return to_json(value); });
  const auto load =
      read_twice(*root, decode_load, [](const LoadModel& value) { return to_json(value); });
  if (load) check_load(*load);
  const auto profile =
      read_twice(*root, decode_profile, [](const Profile& value) { return to_json(value); });
  if (profile) check_profile(*profile);
  return 0;
}
