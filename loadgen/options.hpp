#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/endpoint.hpp"
#include "loadgen/exchange/server_time.hpp"
#include "loadgen/judge/service_level.hpp"
#include "loadgen/plan/sweep.hpp"
#include "loadgen/schedule/arrivals.hpp"
#include "loadgen/schedule/rate_profile.hpp"
#include "loadgen/schedule/think_time.hpp"
#include "loadgen/suite/suite.hpp"
#include "loadgen/workload/request_mix.hpp"
#include "loadgen/workload/token_length.hpp"

namespace hopcost::loadgen {

/// What a generator thread does while nothing is due: spin polls without sleeping, which costs a
/// whole core and answers within a few microseconds; block sleeps in the kernel.
enum class Idle { spin, block };

/// Which of several targets gets a request: the next in turn, the one with the fewest requests of
/// ours under way, or the one whose connection is free (each connection has one target).
enum class Balance { round_robin, least, connection };

[[nodiscard]] constexpr std::string_view name_of(Balance balance) {
  return balance == Balance::round_robin ? "round-robin"
         : balance == Balance::least     ? "least"
                                         : "connection";
}

/// Attempts beyond a request's first, after a failed connection, a status of 408, 409, 429 or 5xx,
/// or no reply. The pause doubles from `base` to `most`, with full jitter; Retry-After is obeyed
/// where it asks for longer.
struct Retries {
  int count = 0;  ///< 0: off
  Nanos base = 500 * kMillisecond;
  Nanos most = 8 * kSecond;
};

/// The longest times that a request may take; 0: no limit of its own.
struct Timeouts {
  Nanos connect = 5 * kSecond;
  Nanos first_token = 0;       ///< send to the first content
  Nanos total = 30 * kSecond;  ///< send to close
};

/// One run, complete. Closed loop (`concurrency` requests always under way) unless there is a rate,
/// one or a list of `stages`: then requests are due as `arrival` says, whatever the answers do,
/// over at most `max_in_flight` connections.
struct Options {
  std::vector<ApiBase> targets;  ///< connection i belongs to target i modulo their number
  std::vector<Weighted> models{{"mock-model", 1}};  ///< each request asks for one, by weight
  int concurrency = 1;
  double spawn_per_s = 0;  ///< closed loop: users begin one after another at this rate; 0: at once
  ThinkTime think_time;    ///< closed loop: between a reply and the next request
  double rate_per_s = 0;
  std::vector<Stage> stages;  ///< instead of one rate; as long as the measured window
  Arrival arrival;
  std::uint64_t seed = 1;  ///< of what is drawn
  int max_in_flight = 64;
  Nanos duration = 10 * kSecond;  ///< of the measured window
  Nanos warmup = 500 * kMillisecond;
  Nanos cooldown = 0;              ///< load behind the window, not counted
  std::uint64_t max_requests = 0;  ///< 0: no limit; warm-up included
  bool stream = false;
  Api api = Api::chat;
  TokenLength prompt_tokens = 32;
  TokenLength output_tokens = 64;     ///< max_tokens of each request
  std::vector<RequestClass> classes;  ///< instead of these two: a mix
  SharedPrefix prefix;                ///< where requests share their beginnings
  std::string dataset;                ///< a file with the requests; empty: they are made up
  bool replay = false;                ///< its requests are due at its times
  double replay_speed = 1;            ///< above 1: faster than it was
  TokenLength turns = 1;              ///< requests of a conversation (closed loop)
  bool same_prompts = false;          ///< the same text in every request of a length
  bool calibrate = false;             ///< prompt lengths in the model's tokens, as usage tells
  std::string tokenizer;              ///< recorded only
  std::vector<std::pair<std::string, std::string>> tags;  ///< the same: what the run is about
  bool ignore_eos = false;  ///< ask for answers of exactly that length
  std::string extra_body;   ///< a JSON object, whose fields each request has too
  bool stamps = false;
  ServerTimeHeader server_time;      ///< a header of replies that becomes a metric
  bool acknowledge_at_once = false;  ///< TCP_QUICKACK: a probe for delayed ACKs, not a load
  int threads = 1;
  Idle idle = Idle::block;
  Balance balance = Balance::round_robin;
  bool keep_alive = true;  ///< else a connection for each request
  Timeouts timeouts;
  std::string ca_file;    ///< certificates to trust instead of the system's
  bool insecure = false;  ///< certificates are not verified
  Retries retries;
  std::uint64_t record = 0;  ///< so many requests are kept one by one
  std::vector<std::pair<std::string, std::string>> headers;
  std::string api_key;  ///< sent as a bearer token, never written anywhere
  ServiceLevel service_level;
  std::vector<Threshold> fail_if;  ///< what must not be true of the run
  std::vector<Threshold> stop_if;  ///< what ends the run when it becomes true of its last seconds
  int share = 0;                   ///< this process is one of `shares` that make one load
  int shares = 1;
  Nanos start_at = 0;  ///< since the epoch, for all of them; 0: at once
  CpuSet cpus;         ///< generator threads run on these; empty: anywhere

  [[nodiscard]] bool open_loop() const { return rate_per_s > 0 || !stages.empty() || replay; }
  /// The rate from the first request on: the warm-up has that of the first stage's beginning.
  [[nodiscard]] RateProfile rate_profile() const;
  /// Requests under way at once, over all processes.
  [[nodiscard]] int connections() const { return open_loop() ? max_in_flight : concurrency; }
  [[nodiscard]] int all_threads() const { return threads * shares; }
};

/// When the last of so many users begins, after the first; 0 where all begin at once.
[[nodiscard]] inline Nanos until_all_begin(int users, double spawn_per_s) {
  if (spawn_per_s <= 0) return 0;
  return static_cast<Nanos>(users / spawn_per_s * static_cast<double>(kSecond));
}

/// "mock-model", or "a (75 %), b (25 %)".
[[nodiscard]] std::string models_text(const Options& options);

/// A loadgen command line: the run and where its results go.
struct Program {
  Options run;
  Suite suite;
  std::string output;   ///< folder for run.json; empty: console only
  std::string report;   ///< instead: file for the suite's JSON report
  bool html = false;    ///< the page for people there
  std::string formats;  ///< other forms of the results there, a list; checked
  Plan plan;            ///< several loads one after another, each as long as the run
  int processes = 1;
  std::uint64_t warmup_requests = 0;  ///< sent before each run by one user, not looked at
  bool dry_run = false;               ///< say what would be sent, send nothing
  bool probe = true;                  ///< open loop: ask first whether the rate can be had
  bool json = false;                  ///< run.json's text on standard output instead of the table
  bool quiet = false;
  std::optional<HostPort> serve;  ///< where a live page can be looked at
};

/// Nothing when the program should go on with `program`, else its exit code.
[[nodiscard]] std::optional<int> parse_options(int argc, const char* const* argv, Program& program);

}  // namespace hopcost::loadgen
