#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status_line.hpp"
#include "loadgen/options.hpp"
#include "loadgen/worker.hpp"

namespace hopcost::loadgen {

/// Watches a run second by second: shows how it goes, and ends it when a stop condition is met.
class Monitor final : public Watcher {
 public:
  /// `live`: writes a line a second to standard error.
  Monitor(const Options& options, bool live);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// Ends the run that was given token().
  void request_stop() { stop_.request_stop(); }
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  void on_seconds(int index, const std::vector<Second>& ended) override;
  /// Seconds of which every thread has told.
  [[nodiscard]] std::size_t complete() const;
  /// What was measured in them.
  [[nodiscard]] RunResult so_far() const;
  /// The condition that ended the run and what was measured then; empty: none did.
  [[nodiscard]] std::string stopped_by() const;

 private:
  void judge(std::size_t until);
  void show(std::size_t at);

  const Options& options_;
  std::stop_source stop_;
  std::optional<StatusLine> line_;  ///< nobody looks: none
  mutable std::mutex mutex_;
  std::vector<Second> seconds_;        ///< all threads together
  std::vector<std::size_t> reported_;  ///< by thread: how many of its seconds are in
  std::size_t complete_ = 0;           ///< seconds of which every thread has told
  std::string stopped_by_;
};

}  // namespace hopcost::loadgen
