#include "common/cpu.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

namespace hopcost {
namespace {

std::string first_line(const char* path, const char* otherwise) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? line : otherwise;
}

bool parse_int(std::string_view text, int& value) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc{} && end == text.data() + text.size() && value >= 0;
}

}  // namespace

CpuSet allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CpuSet cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(static_cast<std::size_t>(i), &set)) cpus.push_back(i);
  }
  return cpus;
}

Result<void> pin_current_thread(const CpuSet& cpus) {
  if (cpus.empty()) return {};
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    return fail(ErrorCode::usage, fmt::format("cannot run on CPUs {}: {}", cpu_list_text(cpus),
                                              std::strerror(errno)));
  }
  return {};
}

std::string cpu_list_text(const CpuSet& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == i ? fmt::format("{}", cpus[i]) : fmt::format("{}-{}", cpus[i], cpus[last]);
    i = last + 1;
  }
  return text;
}

Result<CpuSet> parse_cpu_list(std::string_view text) {
  CpuSet cpus;
  std::string_view rest = text;
  while (true) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    const auto dash = part.find('-');
    int first = 0;
    int last = 0;
    bool good = parse_int(part.substr(0, dash), first);
    last = first;
    if (good && dash != std::string_view::npos) good = parse_int(part.substr(dash + 1), last);
    if (!good || last < first || last >= CPU_SETSIZE) {
      return fail(ErrorCode::usage, fmt::format("'{}' is not a CPU list such as 0-3,8", text));
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  std::ranges::sort(cpus);
  const auto repeated = std::ranges::unique(cpus);
  cpus.erase(repeated.begin(), repeated.end());
  return cpus;
}

MachineCpu read_machine_cpu() {
  std::istringstream line(first_line("/proc/stat", ""));
  std::string name;
  Nanos user = 0;
  Nanos nice = 0;
  Nanos system = 0;
  Nanos idle = 0;
  Nanos iowait = 0;
  Nanos irq = 0;
  Nanos softirq = 0;
  Nanos steal = 0;
  line >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  const Nanos tick = kSecond / sysconf(_SC_CLK_TCK);
  return {(user + nice + system + irq + softirq) * tick, steal * tick};
}

namespace {

/// The sum of the line "some avg10=... total=MICROSECONDS"; nothing where there is no such file.
std::optional<Nanos> some_waited(const char* resource) {
  const auto line = first_line(fmt::format("/proc/pressure/{}", resource).c_str(), "");
  constexpr std::string_view kKey = "total=";
  const auto at = line.find(kKey);
  if (!line.starts_with("some") || at == std::string::npos) return std::nullopt;
  return static_cast<Nanos>(std::strtoull(line.c_str() + at + kKey.size(), nullptr, 10)) *
         kMicrosecond;
}

}  // namespace

std::optional<Pressure> read_pressure() {
  const auto cpu = some_waited("cpu");
  const auto io = some_waited("io");
  const auto memory = some_waited("memory");
  if (!cpu || !io || !memory) return std::nullopt;
  return Pressure{*cpu, *io, *memory};
}

MachineFacts read_machine_facts() {
  MachineFacts facts;
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) {
      const auto colon = line.find(": ");
      if (colon != std::string::npos) facts.cpu_model = line.substr(colon + 2);
      break;
    }
  }
  facts.cpus = static_cast<int>(allowed_cpus().size());
  utsname name{};
  if (uname(&name) == 0) facts.kernel = fmt::format("{} {}", name.sysname, name.release);
  facts.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "unknown");
  facts.clock_source =
      first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", "unknown");
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page = sysconf(_SC_PAGESIZE);
  facts.memory_gib =
      static_cast<double>(pages) * static_cast<double>(page) / (1024.0 * 1024 * 1024);
  return facts;
}

}  // namespace hopcost
