#include "overhead/doctor/doctor.hpp"

#include <chrono>
#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/http_client.hpp"
#include "common/process.hpp"
#include "common/units.hpp"
#include "overhead/measure/rounds.hpp"

namespace hopcost::overhead {
namespace {

constexpr long kFewFiles = 4096;
constexpr long kFewPorts = 16'384;

Finding cpus(const MachineState& state) {
  const bool enough = state.placement.disjoint;
  return {enough, "CPUs",
          fmt::format("{} of {}: {}", state.allowed_cpus, state.facts.cpus, state.placement.note),
          enough ? ""
                 : "with 3 or more, generator, backend and stack get CPUs of their own; here the "
                   "overhead includes waiting for each other"};
}

Finding governor(const MachineState& state) {
  const auto& now = state.facts.governor;
  const bool good = now == "performance" || now == "unknown";
  return {good, "frequency governor", now,
          good ? ""
               : "'cpupower frequency-set -g performance': a CPU that slows down when idle "
                 "makes the first request of a pause slow"};
}

Finding clock_source(const MachineState& state) {
  const auto& now = state.facts.clock_source;
  const bool good = now == "tsc" || now == "kvm-clock" || now == "arch_sys_counter";
  return {good, "clock source", now,
          good ? "" : "reading this clock is a system call: every stamp costs about a microsecond"};
}

Finding open_files(const MachineState& state) {
  const bool good = state.open_files >= kFewFiles;
  return {good, "open files", std::to_string(state.open_files),
          good ? ""
               : fmt::format("'ulimit -n {}' for more than {} connections", 16 * kFewFiles,
                             state.open_files / 2)};
}

Finding local_ports(const MachineState& state) {
  const bool good = state.local_ports >= kFewPorts;
  return {good, "local ports", std::to_string(state.local_ports),
          good ? ""
               : "'sysctl net.ipv4.ip_local_port_range=\"10240 65535\"' for tests with a "
                 "connection for each request"};
}

Finding other_load(const MachineState& state) {
  const bool good = state.busy_share <= kOtherShare && state.stolen_share <= kStolenShare;
  return {good, "other load",
          fmt::format("{:.0f} % of a CPU by other processes, {:.0f} % taken by the host",
                      100 * state.busy_share, 100 * state.stolen_share),
          good ? ""
               : "disturbed rounds are repeated, and a run with too many has no verdict: stop "
                 "what else runs here"};
}

Finding ports(const MachineState& state) {
  const bool good = state.taken_ports.empty();
  return {good, "ports",
          good ? "8000 and 8321 are free"
               : fmt::format("taken: {}", fmt::join(state.taken_ports, ", ")),
          good ? ""
               : "runs use free ports unless told otherwise; mockserver and the examples use "
                 "these"};
}

Finding noise(const MachineState& state) {
  constexpr double kCoarse = 20e3;
  if (!state.noise_floor_ns) {
    return {false, "noise floor", "not measured", "the reason is above"};
  }
  const bool good = *state.noise_floor_ns <= kCoarse;
  return {good, "noise floor",
          fmt::format("{} at the median of one request, from 4 short restarts",
                      format_duration(*state.noise_floor_ns)),
          good ? ""
               : "smaller overheads will be 'below resolution'; more restarts narrow it by "
                 "their square root"};
}

long ports_for_connections() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  long first = 0;
  long last = -1;
  file >> first >> last;
  return last - first + 1;
}

}  // namespace

std::vector<Finding> findings_of(const MachineState& state) {
  return {cpus(state),        governor(state),   clock_source(state), open_files(state),
          local_ports(state), other_load(state), ports(state),        noise(state)};
}

MachineState look_at_machine() {
  MachineState state;
  state.facts = read_machine_facts();
  const auto allowed = allowed_cpus();
  state.allowed_cpus = static_cast<int>(allowed.size());
  state.placement = place(allowed, true);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) state.open_files = static_cast<long>(files.rlim_cur);
  state.local_ports = ports_for_connections();
  for (const int port : {8000, 8321}) {
    if (port_is_taken({"127.0.0.1", static_cast<std::uint16_t>(port)})) {
      state.taken_ports.push_back(port);
    }
  }
  const auto before = sample_other_cpu({getpid()});
  const auto machine = read_machine_cpu();
  const Nanos began = now_ns();
  std::this_thread::sleep_for(std::chrono::seconds(1));  // what is measured is a rate
  const auto elapsed = static_cast<double>(now_ns() - began);
  state.busy_share =
      static_cast<double>(other_cpu_between(before, sample_other_cpu({getpid()}))) / elapsed;
  state.stolen_share =
      static_cast<double>(read_machine_cpu().steal_ns - machine.steal_ns) / elapsed;
  return state;
}

}  // namespace hopcost::overhead
