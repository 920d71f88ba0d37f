#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "mockserver/api/answer.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/fault/fault_rule.hpp"
#include "mockserver/fault/rate_limiter.hpp"
#include "mockserver/time/distribution.hpp"
#include "mockserver/time/load.hpp"
#include "mockserver/time/prefix_cache.hpp"
#include "mockserver/time/profile.hpp"
#include "mockserver/time/timing.hpp"

namespace hopcost::mockserver {

/// How a stream's tokens become events and writes.
struct Delivery {
  std::uint32_t tokens_per_chunk = 1;  ///< tokens in one event
  std::uint32_t events_per_write = 1;  ///< joined at most; only events that are due together
  std::uint32_t bytes_per_write = 0;   ///< the longest write; 0: no limit

  bool operator==(const Delivery&) const = default;
};

/// How one model answers.
struct ModelSettings {
  std::string name;
  std::vector<std::string> aliases;  ///< other names it answers to
  Timing timing;
  AnswerStyle::Mode mode = AnswerStyle::Mode::words;
  /// In whole tokens; where nothing in the question ends the answer.
  Distribution output_tokens = Distribution::constant(64).whole(1, kMaxTokens);
  std::uint32_t reasoning_tokens = 0;  ///< where reasoning is asked for or `always_reasons`
  bool always_reasons = false;
  std::uint32_t embedding_dimensions = 1536;
  std::uint32_t max_model_len = 0;  ///< longest prompt and answer together, in tokens; 0: any
  Delivery delivery;
  std::optional<std::string> system_fingerprint;

  bool operator==(const ModelSettings&) const = default;
};

/// What one server pretends to be: its models, their times, and what goes wrong. An immutable
/// value: a server swaps a whole Scenario, never a field of one in use. Made by load_scenario and
/// with_changes, which check everything.
struct Scenario {
  std::uint64_t seed = 0;  ///< of texts, times and faults
  ModelSettings defaults;  ///< without a name: what a model is that says nothing of its own
  std::vector<ModelSettings> models{default_model()};  ///< at least one, names and aliases unique
  LoadModel load;
  PrefixCacheSettings prefix_cache;
  Profile profile;
  std::vector<FaultRule> faults;
  bool ignore_fault_headers = false;  ///< faults come from rules alone
  RateLimits limits;
  std::uint32_t max_connections = 0;     ///< 0: no limit
  std::string api_keys_env;              ///< variable with the keys to accept; empty: none checked
  bool cors = false;                     ///< answer cross-origin requests of browsers
  Nanos request_timeout = 30 * kSecond;  ///< from a request's first byte to its last
  std::string record;                    ///< file to write requests and replies to; empty: none
  std::string replay;                    ///< file with the replies to give; empty: none

  /// By name or alias; nullptr where there is none.
  [[nodiscard]] const ModelSettings* find_model(std::string_view name) const;
  [[nodiscard]] static ModelSettings default_model();

  bool operator==(const Scenario&) const = default;
};

/// Every key, in the order of docs/scenario.md. `models` is a list: a name, or where a model
/// differs from the keys at the top, a map with its name and those differences. with_changes reads
/// it back to an equal scenario.
[[nodiscard]] nlohmann::ordered_json to_json(const Scenario& scenario);

}  // namespace hopcost::mockserver
