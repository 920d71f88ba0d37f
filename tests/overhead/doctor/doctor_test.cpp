#include "overhead/doctor/doctor.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

MachineState good_machine() {
  MachineState state;
  state.facts.cpus = state.allowed_cpus = 8;
  state.facts.governor = "performance";
  state.facts.clock_source = "tsc";
  state.placement.disjoint = true;
  state.open_files = 65'536;
  state.local_ports = 28'232;
  state.noise_floor_ns = 4e3;
  return state;
}

std::vector<std::string> complaints(const MachineState& state) {
  std::vector<std::string> topics;
  for (const auto& finding : findings_of(state)) {
    CHECK(finding.good == finding.advice.empty());
    CHECK_FALSE(finding.found.empty());
    if (!finding.good) topics.push_back(finding.topic);
  }
  return topics;
}

}  // namespace

TEST_CASE("doctor: nothing to say of a good machine, one thing of each that is wrong") {
  CHECK(complaints(good_machine()).empty());
  const auto only = [](auto&& spoil, const std::string& topic) {
    auto state = good_machine();
    spoil(state);
    INFO(topic);
    CHECK(complaints(state) == std::vector{topic});
  };
  only([](MachineState& s) { s.placement.disjoint = false; }, "CPUs");
  only([](MachineState& s) { s.facts.governor = "powersave"; }, "frequency governor");
  only([](MachineState& s) { s.facts.clock_source = "hpet"; }, "clock source");
  only([](MachineState& s) { s.open_files = 1024; }, "open files");
  only([](MachineState& s) { s.local_ports = 1000; }, "local ports");
  only([](MachineState& s) { s.busy_share = 0.5; }, "other load");
  only([](MachineState& s) { s.stolen_share = 0.05; }, "other load");
  only([](MachineState& s) { s.taken_ports = {8000}; }, "ports");
  only([](MachineState& s) { s.noise_floor_ns = 50e3; }, "noise floor");
  only([](MachineState& s) { s.noise_floor_ns.reset(); }, "noise floor");
}

TEST_CASE("doctor: this machine is looked at") {
  const auto state = look_at_machine();
  CHECK(state.allowed_cpus >= 1);
  CHECK(state.facts.cpus >= state.allowed_cpus);
  CHECK(state.open_files > 0);
  CHECK(state.local_ports > 0);
  CHECK(state.busy_share >= 0);
}
