#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/endpoint.hpp"
#include "loadgen/judge/service_level.hpp"
#include "loadgen/schedule/arrivals.hpp"
#include "loadgen/schedule/rate_profile.hpp"
#include "loadgen/schedule/think_time.hpp"
#include "loadgen/workload/token_length.hpp"

namespace hopcost::loadgen {

/// What a generator thread does while nothing is due: spin polls without sleeping, which costs a
/// whole core and answers within a few microseconds; block sleeps in the kernel.
enum class Idle { spin, block };

/// One run, complete. Closed loop (`concurrency` requests always under way) unless there is a rate,
/// one or a list of `stages`: then requests are due as `arrival` says, whatever the answers do,
/// over at most `max_in_flight` connections.
struct Options {
  std::vector<ApiBase> targets;  ///< connection i belongs to target i modulo their number
  std::string model = "mock-model";
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
  std::uint64_t max_requests = 0;  ///< 0: no limit; warm-up included
  bool stream = false;
  TokenLength prompt_tokens = 32;
  TokenLength output_tokens = 64;  ///< max_tokens of each request
  bool ignore_eos = false;         ///< ask for answers of exactly that length
  std::string extra_body;          ///< a JSON object, whose fields each request has too
  bool stamps = false;
  int threads = 1;
  Idle idle = Idle::block;
  Nanos timeout = 30 * kSecond;  ///< one request, send to close
  std::vector<std::pair<std::string, std::string>> headers;
  std::string api_key;  ///< sent as a bearer token, never written anywhere
  ServiceLevel service_level;
  std::vector<Threshold> fail_if;  ///< what must not be true of the run
  CpuSet cpus;                     ///< generator threads run on these; empty: anywhere

  [[nodiscard]] bool open_loop() const { return rate_per_s > 0 || !stages.empty(); }
  /// The rate from the first request on: the warm-up has that of the first stage's beginning.
  [[nodiscard]] RateProfile rate_profile() const;
  [[nodiscard]] int connections() const { return open_loop() ? max_in_flight : concurrency; }
};

/// A loadgen command line: the run and where its results go.
struct Program {
  Options run;
  std::string output;   ///< folder for run.json; empty: console only
  std::string formats;  ///< other forms of the results there, a list; checked
  bool json = false;    ///< run.json's text on standard output instead of the table
  bool quiet = false;
};

/// Nothing when the program should go on with `program`, else its exit code.
[[nodiscard]] std::optional<int> parse_options(int argc, const char* const* argv, Program& program);

}  // namespace hopcost::loadgen
