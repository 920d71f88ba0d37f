#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// A cost that the reference proxy can add, at a request's own wish.
enum class CostKind {
  delay,        ///< before a request is forwarded; seen in the median end to end
  chunk_delay,  ///< of each piece of a stream; seen in the chunks' way from write to read
  burn,         ///< CPU time a request; seen in the stack's CPU per request
};

/// One known cost: what was asked of the proxy, what it says it really added, what we made of it.
struct KnownCost {
  CostKind kind = CostKind::delay;
  Nanos asked_ns = 0;
  double truth_ns = 0;                ///< median as the proxy clocked it, mean over restarts
  std::optional<Estimate> recovered;  ///< overhead with the cost minus overhead without

  [[nodiscard]] const char* kind_name() const;  ///< "delay", "chunk delay", "CPU"
  [[nodiscard]] Mode mode() const;              ///< of the requests that it is asked with
  [[nodiscard]] const char* quantity() const;   ///< in which it is looked for
  /// Of the passes that ask for it: "stack+delay=100us"; and of those beside them that do not.
  [[nodiscard]] std::string arm() const;
  [[nodiscard]] const char* arm_without() const;
  /// The request header that asks for it.
  [[nodiscard]] std::pair<std::string, std::string> header() const;
  /// Its list in the proxy's truth.
  [[nodiscard]] const char* truth_name() const;

  /// 10 us or 5 %, whichever is larger.
  [[nodiscard]] double allowed_ns() const;
  [[nodiscard]] double error_ns() const;
  /// The interval is too wide to tell whether the error is within what is allowed.
  [[nodiscard]] bool undecided() const;
  [[nodiscard]] bool passed() const;
};

inline constexpr const char* kBaselineStream = "baseline stream";
inline constexpr const char* kStackStream = "stack stream";
inline constexpr const char* kStackBuffered = "stack stream+buffer";

/// A proxy that holds streams back, and whether we see it: events in one read, without and with.
struct KnownBuffering {
  double without = 0;
  double with = 0;
  bool seen = false;  ///< `stream_coalesced` fired, and on the proxy that holds nothing back not
};

/// What the proxy clocked: by list and by what was asked, medians in ns.
using Truth = std::map<std::string, std::map<Nanos, double>>;

/// Recovers each cost from the passes, and only then joins the truths, one a restart.
void recover(std::span<KnownCost> costs, const std::vector<PassRecord>& passes,
             const std::vector<Truth>& truths);

/// From passes of kStackStream and kStackBuffered; nothing without the latter.
[[nodiscard]] std::optional<KnownBuffering> recover_buffering(
    const std::vector<PassRecord>& passes);

}  // namespace hopcost::overhead
