#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "overhead/probe/answer.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/standup.hpp"

namespace hopcost::overhead {

/// One request, sent to the backend and through the stack.
struct ProbeResult {
  std::string name;  ///< "unary", "stream", "tool call", "upstream 500", ...
  int direct_status = 0;
  int through_status = 0;
  double through_ms = 0;                ///< what the one through the stack took
  std::uint64_t upstream_requests = 0;  ///< that the backend saw of it
  std::vector<Change> changes;
};

/// What is seen under a short load with one request at a time, and one connection to the stack.
struct ProbeLoad {
  std::string mode;
  std::uint64_t requests = 0;  ///< answered whole and right
  std::uint64_t failures = 0;
  std::uint64_t stamped = 0;           ///< answers whose stamps came through
  double connections_per_request = 0;  ///< of the backend
  double requests_upstream = 0;        ///< the same, for each request sent
  double events_per_read = 0;          ///< 0: no stream
  double direct_events_per_read = 0;
  std::string first_failure;
};

/// What a stack does to requests and replies.
struct StackCheck {
  std::string stack;
  std::string version;
  WorkersSeen workers;
  double ready_s = 0;
  std::vector<ProbeResult> probes;
  std::vector<ProbeLoad> loads;
};

/// Starts the stack in front of a mock and asks it everything. An Error when it does not come up.
[[nodiscard]] Result<StackCheck> check_stack(const StackManifest& manifest, int workers,
                                             const std::filesystem::path& logs,
                                             const std::stop_token& stop);

/// For people: what each request went through, and nothing about what stayed as it was.
[[nodiscard]] std::string check_text(const StackCheck& check);
[[nodiscard]] nlohmann::json check_json(const StackCheck& check);

}  // namespace hopcost::overhead
