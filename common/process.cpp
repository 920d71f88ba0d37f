#include "common/process.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

namespace hopcost {
namespace {

namespace fs = std::filesystem;

/// The whole file, or what could be read of it. A process may end between the opening and the
/// reading of its /proc files (ESRCH), which a stream buffer would answer with an exception.
std::string read_all(const std::string& path) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(file);
  return text;
}

/// Fields of /proc/PID/stat after the name, which may itself hold spaces and parentheses.
struct Stat {
  std::string name;
  pid_t parent = 0;
  long reaped_ticks = 0;
};

bool read_stat(pid_t pid, Stat& stat) {
  const std::string text = read_all(fmt::format("/proc/{}/stat", pid));
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  stat.name = text.substr(open + 1, close - open - 1);
  std::istringstream fields(text.substr(close + 1));
  char state = 0;
  fields >> state >> stat.parent;
  std::string skipped;
  for (int field = 5; field <= 15; ++field) fields >> skipped;  // pgrp .. stime
  long children_user = 0;
  long children_system = 0;
  fields >> children_user >> children_system;
  stat.reaped_ticks = children_user + children_system;
  return static_cast<bool>(fields);
}

template <class Each>
void for_each_number_in(const std::string& folder, Each&& each) {
  std::error_code ec;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().filename();
    int number = 0;
    const auto [last, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc{} && last == name.data() + name.size()) each(number);
  }
}

struct Parentage {
  pid_t pid;
  pid_t parent;
  std::string name;
};

std::vector<Parentage> read_parentage() {
  std::vector<Parentage> all;
  for_each_number_in("/proc", [&](int pid) {
    Stat stat;
    if (read_stat(pid, stat)) all.push_back({pid, stat.parent, stat.name});
  });
  return all;
}

std::set<pid_t> below(const std::vector<Parentage>& all, const std::vector<pid_t>& roots) {
  const std::set<pid_t> starts(roots.begin(), roots.end());
  std::set<pid_t> found;
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& p : all) {
      if (found.contains(p.pid) || starts.contains(p.pid)) continue;
      if (starts.contains(p.parent) || found.contains(p.parent)) {
        found.insert(p.pid);
        grew = true;
      }
    }
  }
  return found;
}

ProcessInfo describe(const Parentage& p) {
  std::string command = read_all(fmt::format("/proc/{}/cmdline", p.pid));
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::ranges::replace(command, '\0', ' ');
  return {p.pid, p.parent, p.name, std::move(command)};
}

Nanos reaped_ns(pid_t pid) {
  Stat stat;
  if (!read_stat(pid, stat)) return 0;
  return stat.reaped_ticks * (kSecond / sysconf(_SC_CLK_TCK));
}

}  // namespace

std::vector<ProcessInfo> list_processes() {
  std::vector<ProcessInfo> list;
  for (const auto& p : read_parentage()) list.push_back(describe(p));
  return list;
}

std::vector<ProcessInfo> descendants_of(pid_t root) {
  const auto all = read_parentage();
  const auto inside = below(all, {root});
  std::vector<ProcessInfo> list;
  for (const auto& p : all) {
    if (inside.contains(p.pid)) list.push_back(describe(p));
  }
  return list;
}

std::vector<std::string> thread_names(pid_t pid) {
  std::vector<std::string> names;
  const std::string folder = fmt::format("/proc/{}/task", pid);
  for_each_number_in(folder, [&](int tid) {
    std::string name = read_all(fmt::format("{}/{}/comm", folder, tid));
    while (!name.empty() && name.back() == '\n') name.pop_back();
    if (!name.empty()) names.push_back(std::move(name));
  });
  return names;
}

std::vector<pid_t> holders_of_listening_port(const std::vector<pid_t>& pids, int port) {
  std::set<std::string> sockets;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      std::istringstream fields(line);
      std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
          timeout >> inode;
      constexpr std::string_view kListen = "0A";
      if (state == kListen && local.ends_with(fmt::format(":{:04X}", port))) {
        sockets.insert(fmt::format("socket:[{}]", inode));
      }
    }
  }
  std::vector<pid_t> holders;
  for (const pid_t pid : pids) {
    bool holds = false;
    const std::string folder = fmt::format("/proc/{}/fd", pid);
    for_each_number_in(folder, [&](int fd) {
      std::error_code ec;
      const auto link = fs::read_symlink(fmt::format("{}/{}", folder, fd), ec);
      holds = holds || (!ec && sockets.contains(link.string()));
    });
    if (holds) holders.push_back(pid);
  }
  return holders;
}

Nanos process_cpu_ns(pid_t pid) {
  clockid_t clock = 0;
  timespec t{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return -1;
  return t.tv_sec * kSecond + t.tv_nsec;
}

Nanos TreeCpu::total() const {
  Nanos sum = reaped_ns;
  for (const auto& [pid, ns] : by_process) sum += ns;
  return sum;
}

TreeCpu sample_tree_cpu(const std::vector<pid_t>& roots, Roots which) {
  TreeCpu sample;
  for (const pid_t root : roots) sample.reaped_ns += reaped_ns(root);
  for (const pid_t pid : below(read_parentage(), roots)) {
    const Nanos used = process_cpu_ns(pid);
    if (used < 0) continue;
    sample.by_process[pid] = used;
    sample.reaped_ns += reaped_ns(pid);
  }
  if (which == Roots::left_out) return sample;
  for (const pid_t root : roots) {
    if (const Nanos used = process_cpu_ns(root); used >= 0) sample.by_process[root] = used;
  }
  return sample;
}

std::map<pid_t, Nanos> thread_cpu_of(const TreeCpu& sample) {
  std::map<pid_t, Nanos> threads;
  for (const auto& [pid, ns] : sample.by_process) {
    std::error_code gone;
    const auto folder = fmt::format("/proc/{}/task", pid);
    for (fs::directory_iterator task(folder, gone), end; !gone && task != end;
         task.increment(gone)) {
      const auto text = read_all(task->path() / "schedstat");
      Nanos used = 0;
      const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), used);
      if (ec == std::errc()) threads[std::stoi(task->path().filename().string())] = used;
    }
  }
  return threads;
}

std::vector<Nanos> busiest_between(const std::map<pid_t, Nanos>& earlier,
                                   const std::map<pid_t, Nanos>& later, std::size_t most) {
  std::vector<Nanos> used;
  for (const auto& [tid, ns] : later) {
    const auto before = earlier.find(tid);
    used.push_back(before == earlier.end() ? ns : ns - before->second);
  }
  std::ranges::sort(used, std::greater());
  if (used.size() > most) used.resize(most);
  return used;
}

std::uint64_t memory_of(const TreeCpu& sample) {
  std::uint64_t kib = 0;
  for (const auto& [pid, ns] : sample.by_process) {
    const auto text = read_all(fmt::format("/proc/{}/smaps_rollup", pid));
    constexpr std::string_view kKey = "\nPss:";
    const auto at = text.find(kKey);
    if (at == std::string::npos) continue;
    kib += std::strtoull(text.c_str() + at + kKey.size(), nullptr, 10);
  }
  constexpr std::uint64_t kKib = 1024;
  return kib * kKib;
}

std::optional<std::uint64_t> storage_bytes_of(const TreeCpu& sample) {
  std::optional<std::uint64_t> bytes;
  for (const auto& [pid, ns] : sample.by_process) {
    const auto text = read_all(fmt::format("/proc/{}/io", pid));
    for (const std::string_view key : {"\nread_bytes: ", "\nwrite_bytes: "}) {
      const auto at = text.find(key);
      if (at == std::string::npos) continue;
      bytes = bytes.value_or(0) + std::strtoull(text.c_str() + at + key.size(), nullptr, 10);
    }
  }
  return bytes;
}

Nanos cpu_between(const TreeCpu& earlier, const TreeCpu& later) {
  Nanos used = later.reaped_ns - earlier.reaped_ns;
  for (const auto& [pid, ns] : later.by_process) {
    const auto before = earlier.by_process.find(pid);
    used += before == earlier.by_process.end() ? ns : ns - before->second;
  }
  for (const auto& [pid, ns] : earlier.by_process) {
    if (!later.by_process.contains(pid)) used -= ns;  // its whole life is in reaped_ns
  }
  return std::max<Nanos>(used, 0);
}

std::map<pid_t, Nanos> sample_other_cpu(const std::vector<pid_t>& ours) {
  const auto all = read_parentage();
  const auto inside = below(all, ours);
  std::map<pid_t, Nanos> sample;
  for (const auto& p : all) {
    if (inside.contains(p.pid) || std::ranges::find(ours, p.pid) != ours.end()) continue;
    const Nanos used = process_cpu_ns(p.pid);
    if (used >= 0) sample[p.pid] = used;
  }
  return sample;
}

Nanos other_cpu_between(const std::map<pid_t, Nanos>& earlier,
                        const std::map<pid_t, Nanos>& later) {
  Nanos used = 0;
  for (const auto& [pid, ns] : later) {
    const auto before = earlier.find(pid);
    used += before == earlier.end() ? ns : ns - before->second;
  }
  return used;
}

}  // namespace hopcost
