#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "common/clock.hpp"

namespace hopcost {

/// One process as /proc shows it.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;     ///< comm, at most 15 bytes
  std::string command;  ///< command line, or title, with spaces between arguments
};

/// Every process that can be seen.
[[nodiscard]] std::vector<ProcessInfo> list_processes();

/// The descendants of `root`, without `root` itself.
[[nodiscard]] std::vector<ProcessInfo> descendants_of(pid_t root);

/// Names (comm) of a process's threads.
[[nodiscard]] std::vector<std::string> thread_names(pid_t pid);

/// Inodes of TCP sockets in state LISTEN on `port`, and which of `pids` hold one of them open.
[[nodiscard]] std::vector<pid_t> holders_of_listening_port(const std::vector<pid_t>& pids,
                                                           int port);

/// CPU time in ns used so far by one process with all its threads (its CPU clock, not 10 ms ticks);
/// -1 once it is gone.
[[nodiscard]] Nanos process_cpu_ns(pid_t pid);

/// CPU time of a process tree at one moment.
struct TreeCpu {
  std::map<pid_t, Nanos> by_process;  ///< living processes, ns
  Nanos reaped_ns = 0;                ///< of children that ended and were waited for (10 ms steps)

  [[nodiscard]] Nanos total() const;
};

/// Whether the roots of a tree count: our supervisors do not, processes that somebody else started
/// do.
enum class Roots { left_out, counted };

/// Every living descendant of each root, plus what those descendants and the roots have reaped.
[[nodiscard]] TreeCpu sample_tree_cpu(const std::vector<pid_t>& roots,
                                      Roots which = Roots::left_out);

/// CPU time so far, in ns, of each thread of the sample's processes.
[[nodiscard]] std::map<pid_t, Nanos> thread_cpu_of(const TreeCpu& sample);
/// What each thread has used in between, the busiest first, at most `most` of them.
[[nodiscard]] std::vector<Nanos> busiest_between(const std::map<pid_t, Nanos>& earlier,
                                                 const std::map<pid_t, Nanos>& later,
                                                 std::size_t most);

/// Memory of the processes of the sample that are still there, each one's share of what it shares
/// with others (PSS); bytes.
[[nodiscard]] std::uint64_t memory_of(const TreeCpu& sample);

/// Bytes that the processes of the sample have moved from and to storage so far; nothing where the
/// kernel shows that of none of them (other users' processes).
[[nodiscard]] std::optional<std::uint64_t> storage_bytes_of(const TreeCpu& sample);

/// later - earlier. A process that ended in between counts by what its parent reaped.
[[nodiscard]] Nanos cpu_between(const TreeCpu& earlier, const TreeCpu& later);

/// CPU time used by every process on the machine but the listed ones and their descendants.
[[nodiscard]] std::map<pid_t, Nanos> sample_other_cpu(const std::vector<pid_t>& ours);
[[nodiscard]] Nanos other_cpu_between(const std::map<pid_t, Nanos>& earlier,
                                      const std::map<pid_t, Nanos>& later);

}  // namespace hopcost
