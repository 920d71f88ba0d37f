#pragma once

#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "loadgen/monitor.hpp"
#include "loadgen/options.hpp"
#include "web/live_server.hpp"

namespace hopcost::loadgen {

/// What a live page shows of runs that go on: the one under way, by its complete seconds. It is
/// looked at from another thread.
class LiveView {
 public:
  explicit LiveView(const Suite& suite) : suite_(suite) {}
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  /// The run under way, until leave(); both outlive that.
  void follow(const Options& options, const Monitor& monitor);
  /// What was seen last is what is shown from now on.
  void leave();
  /// Lives no longer than this.
  [[nodiscard]] web::LiveSource source();

 private:
  [[nodiscard]] std::string stamp() const;
  [[nodiscard]] Result<nlohmann::json> data();
  [[nodiscard]] nlohmann::json data_now() const;

  Suite suite_;
  mutable std::mutex mutex_;
  const Options* options_ = nullptr;
  const Monitor* monitor_ = nullptr;  ///< null: between runs
  Nanos began_ns_ = 0;                ///< since the epoch
  int runs_ = 0;
  nlohmann::json last_;  ///< null: nothing so far
};

}  // namespace hopcost::loadgen
