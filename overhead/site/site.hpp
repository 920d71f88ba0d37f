#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "common/error.hpp"
#include "common/process.hpp"
#include "overhead/site/arm.hpp"

namespace hopcost::overhead {

class Backend;

/// Where arms are driven, and what can be seen of the processes behind it.
class Site {
 public:
  Site() = default;
  virtual ~Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// The backend where it is ours; null: somebody else's, whose delays are not ours to set and
  /// whose counters are not ours to see.
  [[nodiscard]] virtual Backend* own_backend() = 0;
  /// CPU time so far of the processes of the stack that this arm goes through; nothing where it is
  /// not known which they are.
  [[nodiscard]] virtual std::optional<TreeCpu> stack_cpu(const Arm& arm) const = 0;
  /// How many processes of the stack do its work, where workers are processes and have been seen;
  /// 0: not known, or threads.
  [[nodiscard]] virtual int worker_processes() const { return 0; }
  /// Roots of everything on this host that takes part, but this program; nothing where not all of
  /// it is known.
  [[nodiscard]] virtual std::optional<std::vector<pid_t>> taking_part() const = 0;
  /// The stack's own metrics as they are now, as text; empty: nobody wants them.
  [[nodiscard]] virtual std::string scraped_metrics() const { return {}; }
  /// An Error when a part has ended since it was started.
  [[nodiscard]] virtual Result<void> check_alive() = 0;
};

}  // namespace hopcost::overhead
