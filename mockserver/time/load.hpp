#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/yaml.hpp"

namespace hopcost::mockserver {

/// A batched engine: one step computes one token of every sequence that is being decoded, and a
/// share of the prompts that are not done. A step takes
///   base + per_sequence x sequences decoding + per_prefill_token x prompt tokens in it.
struct StepModel {
  Nanos base = 0;
  Nanos per_sequence = 0;
  Nanos per_prefill_token = 0;
  std::uint32_t max_batch_tokens = 8192;  ///< of both kinds in one step; at least max_running

  friend bool operator==(const StepModel&, const StepModel&) = default;
};

/// How a model slows down with load, and how many requests it takes. A value.
struct LoadModel {
  std::uint32_t max_running = 0;     ///< requests at once; 0: no limit
  std::uint32_t max_waiting = 1000;  ///< in the queue beyond them; more are refused
  double slowdown = 1;            ///< delays x this at max_running; linear from x 1 at one request
  std::optional<StepModel> step;  ///< needs max_running; ttft and itl then come from the steps

  friend bool operator==(const LoadModel&, const LoadModel&) = default;
};

inline constexpr std::uint32_t kMaxRunning = 65'536;
inline constexpr std::uint32_t kMaxWaiting = 1'000'000;
inline constexpr double kMaxSlowdown = 1000;

/// {max_running: 64, max_waiting: 100, slowdown: 2.5}
/// {max_running: 64, step: {base: 8ms, per_sequence: 50us, per_prefill_token: 20us,
///                          max_batch_tokens: 2048}}
/// Throws ErrorException with "file:line: field".
[[nodiscard]] LoadModel decode_load(const YamlNode& node);
[[nodiscard]] nlohmann::json to_json(const LoadModel& load);

/// What multiplies the delays of a request that starts as one of `running` (itself among them).
[[nodiscard]] double slowdown_factor(const LoadModel& load, std::uint64_t running);

/// Who runs, who waits, who is turned away: first come, first served. Requests have ids of the
/// caller's, each used once. Not thread-safe. Every operation takes constant time but position().
class AdmissionQueue {
 public:
  enum class Outcome : std::uint8_t { started, queued, refused };
  struct Admission {
    Outcome outcome = Outcome::refused;
    std::size_t position = 0;  ///< 1 is next; only where queued
  };

  AdmissionQueue() = default;  ///< no limit
  explicit AdmissionQueue(const LoadModel& load) { set_limits(load); }

  /// Those already running or waiting stay, even beyond the new limits; call start_next until it
  /// gives nothing.
  void set_limits(const LoadModel& load);

  [[nodiscard]] Admission try_start(std::uint64_t id);
  /// One that runs is done. Gives the one that starts in its place, now counted as running.
  [[nodiscard]] std::optional<std::uint64_t> finish();
  [[nodiscard]] std::optional<std::uint64_t> start_next();
  /// Takes one that waits out of the queue; false where it does not wait.
  bool cancel(std::uint64_t id);

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  /// 1 is next, 0 does not wait. Takes time linear in the position.
  [[nodiscard]] std::size_t position(std::uint64_t id) const;

 private:
  [[nodiscard]] bool has_room() const { return max_running_ == 0 || running_ < max_running_; }

  std::size_t max_running_ = 0;
  std::size_t max_waiting_ = 0;
  std::size_t running_ = 0;
  std::list<std::uint64_t> waiting_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places_;
};

}  // namespace hopcost::mockserver
