#pragma once

#include <memory>
#include <string>
#include <vector>

#include "overhead/plan/experiment.hpp"
#include "overhead/site/arm.hpp"
#include "overhead/site/site.hpp"

namespace hopcost::overhead {

/// Two endpoints that somebody else runs: a backend, and the stack in front of it. They are not
/// started, stopped or configured; what of them can be seen is what this host shows of the
/// processes that listen on their ports.
class Attached final : public Site {
 public:
  /// Looks for the processes, and asks each endpoint for its first model where none is named. An
  /// Error where one does not answer.
  [[nodiscard]] static Result<std::unique_ptr<Attached>> join(const Attach& attach);

  [[nodiscard]] const std::vector<Arm>& arms() const { return arms_; }
  [[nodiscard]] Backend* own_backend() override { return nullptr; }
  [[nodiscard]] std::optional<TreeCpu> stack_cpu(const Arm& arm) const override;
  [[nodiscard]] std::optional<std::vector<pid_t>> taking_part() const override;
  [[nodiscard]] std::string scraped_metrics() const override;
  [[nodiscard]] Result<void> check_alive() override { return {}; }

 private:
  Attached() = default;
  [[nodiscard]] Result<std::string> scrape() const;

  std::vector<Arm> arms_;
  std::optional<ApiBase> scrape_;
  std::optional<std::vector<pid_t>> baseline_;  ///< roots; empty: on another host; nothing: unseen
  std::optional<std::vector<pid_t>> stack_;
};

/// Roots of the processes that listen on a port of this host; empty where the address is another
/// host's, nothing where it is ours and they cannot be seen.
[[nodiscard]] std::optional<std::vector<pid_t>> listeners_on(const HostPort& address);

}  // namespace hopcost::overhead
