#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/process.hpp"
#include "loadgen/run.hpp"
#include "overhead/site/arm.hpp"

namespace hopcost::overhead {

class Backend;

/// Sends a load and says what it took.
using Driver =
    std::function<Result<loadgen::RunResult>(const loadgen::Options&, const std::stop_token&)>;

/// What the processes of a stack have used so far.
struct StackUse {
  TreeCpu cpu;
  std::map<pid_t, Nanos> by_thread;            ///< CPU time
  std::optional<std::uint64_t> storage_bytes;  ///< read and written; nothing: not seen
};
/// Of processes of this host.
[[nodiscard]] inline StackUse use_of(TreeCpu cpu) {
  auto threads = thread_cpu_of(cpu);
  const auto storage = storage_bytes_of(cpu);
  return {std::move(cpu), std::move(threads), storage};
}

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
  /// The same with all that can be seen of them.
  [[nodiscard]] virtual std::optional<StackUse> stack_use(const Arm& arm) const {
    auto cpu = stack_cpu(arm);
    return cpu ? std::optional(use_of(std::move(*cpu))) : std::nullopt;
  }
  /// Memory of the processes of a sample, in bytes, those of them that are still there.
  [[nodiscard]] virtual std::uint64_t stack_memory(const StackUse& sample) const {
    return memory_of(sample.cpu);
  }
  /// What drives arms that cannot be reached from here; empty: our own load generator does, here.
  [[nodiscard]] virtual Driver driver() const { return {}; }
  /// Whether all of it runs on this host, so that what this host does tells something.
  [[nodiscard]] virtual bool on_this_host() const { return true; }
  /// Whether send times in requests are of the clock that the backend reads.
  [[nodiscard]] virtual bool one_clock() const { return true; }
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
