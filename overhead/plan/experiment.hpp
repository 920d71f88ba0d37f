#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/yaml.hpp"
#include "loadgen/schedule/arrivals.hpp"

namespace hopcost::overhead {

enum class Mode { unary, stream };
[[nodiscard]] constexpr const char* mode_name(Mode mode) {
  return mode == Mode::unary ? "unary" : "stream";
}

/// What a level is driven for: latency, below half of what the backend can do; or as much as goes
/// through, where latency means nothing.
enum class Load { latency, ceiling };
[[nodiscard]] constexpr const char* load_name(Load load) {
  return load == Load::latency ? "latency" : "ceiling";
}

/// Whether a stand-up is driven to its ceiling in each mode, beside its latencies or instead.
enum class Ceilings { off, on, only };
/// "off", "on" or "only"; nothing for anything else.
[[nodiscard]] std::optional<Ceilings> ceilings_named(std::string_view name);

/// How hard a stand-up is driven.
struct Level {
  int concurrency = 1;
  Mode mode = Mode::unary;
  Load load = Load::latency;
  int prompt_tokens = 0;  ///< 0: the experiment's
  int output_tokens = 0;  ///< the same
  Nanos itl = -1;         ///< below 0: the experiment's
  /// Above 0: an open loop, whose requests are due at this rate; `concurrency` is then how many may
  /// be under way.
  double rate_per_s = 0;

  bool operator==(const Level&) const = default;
};

/// Levels to combine: every stack with every number of workers, replicas, every concurrency, mode,
/// and, where they are listed, every length and delay. Those of streams alone do not multiply the
/// unary cells.
struct Factors {
  std::vector<std::string> stacks{"reference", "nginx"};
  std::vector<int> workers{1};
  std::vector<int> replicas{1};          ///< instances of the stack
  std::vector<int> backend_replicas{1};  ///< of the backend behind them
  std::vector<int> concurrency{1, 8};    ///< closed loops; may be empty where there are rates
  std::vector<double> rates{};           ///< open loops: requests a second
  std::vector<Mode> modes{Mode::unary, Mode::stream};
  std::vector<int> prompt_lengths{};   ///< tokens; empty: the experiment's
  std::vector<int> output_lengths{};   ///< chunks of a stream; empty: the experiment's
  std::vector<Nanos> chunk_delays{};   ///< between chunks, at least; empty: the experiment's
  std::optional<Ceilings> ceilings{};  ///< unset: on where workers or replicas vary

  [[nodiscard]] Ceilings ceilings_or_default() const {
    const bool vary = workers.size() > 1 || replicas.size() > 1;
    return ceilings.value_or(vary ? Ceilings::on : Ceilings::off);
  }
};

/// Two endpoints that somebody else runs, instead of stacks of ours.
struct Attach {
  std::string baseline;        ///< URL of the backend
  std::string stack;           ///< URL of the stack in front of it
  std::string baseline_model;  ///< empty: the first that /models names
  std::string model;           ///< the same of the stack
  std::string api_key_env;     ///< variable with the key that both want; empty: none
  std::string scrape;          ///< URL whose text is kept with each pass; empty: none
  int pid = 0;                 ///< of the stack's first process; 0: whoever listens on its port
};

/// Where Deployments stand in for stand-ups: deploy/ has them.
struct ClusterPlace {
  std::string name_space = "hopcost";
  std::string kubectl = "kubectl";  ///< or oc; its current context says which cluster
  Nanos patience = 300 * kSecond;   ///< for a rollout
};

/// A whole run, as an experiment file and flags describe it. Written back as
/// results/<run>/config.yaml.
struct Experiment {
  std::string name = "overhead";
  std::vector<Factors> treatments{Factors{}};  ///< each full factorial, one after another
  std::optional<Attach> attach;                ///< then stacks, workers and replicas do not count
  std::optional<ClusterPlace> cluster;         ///< then they are Deployments, on Kubernetes

  int restarts = 10;
  int rounds = 2;  ///< a restart; even: they come in mirrored pairs
  Nanos min_pass = 300 * kMillisecond;
  Nanos warmup = 30 * kMillisecond;  ///< of each pass, cut
  int min_requests = 20;             ///< a pass, of the slower arm
  int prompt_tokens = 32;
  int output_tokens = 16;
  std::string backend_config;     ///< scenario file the backend begins with; empty: none
  Nanos ttft = 2 * kMillisecond;  ///< the backend's delay, at least; the pilot may lengthen it
  Nanos itl = kMillisecond;       ///< between chunks of a stream, at least
  loadgen::Arrival::Kind arrival = loadgen::Arrival::Kind::poisson;  ///< of open loops
  int max_in_flight = 256;                                           ///< of open loops
  /// Of closed loops below the ceiling: users of a pass begin one after another, so many a second,
  /// and it counts from when all are there. 0: all at once.
  double spawn_per_s = 0;
  Nanos time_budget = 0;   ///< 0: none; else stand-ups that are told need fewer restarts
  std::uint64_t seed = 0;  ///< 0: drawn, and recorded
  std::string harness;     ///< name or file of what drives the rounds; empty: our load generator
  bool pin = true;
  int stack_port = 0;         ///< 0: free ports
  int backend_port = 0;       ///< 0: free ports
  bool skip_missing = false;  ///< leave out stacks that are not installed, and say so

  /// Fewer restarts than an interval should rest on: the output says so.
  [[nodiscard]] bool trial() const { return restarts < 10; }
};

/// What a level has, or the experiment where it has none of its own.
[[nodiscard]] inline int prompt_tokens_of(const Experiment& experiment, const Level& level) {
  return level.prompt_tokens > 0 ? level.prompt_tokens : experiment.prompt_tokens;
}
[[nodiscard]] inline int output_tokens_of(const Experiment& experiment, const Level& level) {
  return level.output_tokens > 0 ? level.output_tokens : experiment.output_tokens;
}

/// How fast the users of a level begin; 0: all at once.
[[nodiscard]] double spawn_per_s_of(const Experiment& experiment, const Level& level);
/// What is cut of a pass before it counts: the warm-up, or longer, until all users have begun.
[[nodiscard]] Nanos warmup_of(const Experiment& experiment, const Level& level);

/// Reads an experiment file over the defaults. An Error names file, line and field.
[[nodiscard]] Result<Experiment> load_experiment(const std::filesystem::path& file);
/// The same of a text; `file` is for complaints.
[[nodiscard]] Result<Experiment> experiment_from_text(const std::string& text,
                                                      const std::string& file);
/// The YAML that load_experiment reads back to the same experiment.
[[nodiscard]] std::string to_yaml(const Experiment& experiment);

/// One stand-up and what is measured inside it.
struct StandupPlan {
  std::string stack;
  int workers = 1;
  int replicas = 1;
  std::vector<Level> levels;
  int backends = 1;  ///< replicas of the backend

  /// "nginx-w2-r1", "nginx-w2-r1-b4" with several backends
  [[nodiscard]] std::string id() const;
  /// Of endpoints that somebody else runs: workers and replicas are 0, not known.
  [[nodiscard]] bool attached() const { return workers == 0; }
};
/// The levels that these factors give a stand-up of so many workers in all, in their order. A
/// ceiling has 8 requests under way a worker, at least 16, at most 256.
[[nodiscard]] std::vector<Level> levels_of(const Experiment& experiment, const Factors& factors,
                                           int all_workers);
[[nodiscard]] std::vector<StandupPlan> plan_standups(const Experiment& experiment);

/// What a level is driven with: "8" users, or "100/s".
[[nodiscard]] std::string users_text(const Level& level);
/// The lengths and the delay that the level has of its own, each after `before`:
/// "-p500-o64-itl5ms".
[[nodiscard]] std::string lengths_text(const Level& level, char before);
/// "nginx-w2-r1-c8-stream", "nginx-w2-r1-q100-unary" (100/s), "nginx-w2-r1-max-stream",
/// "nginx-w2-r1-c8-stream-p500-o64-itl5ms"
[[nodiscard]] std::string cell_id(const StandupPlan& standup, const Level& level);

}  // namespace hopcost::overhead
