#include "mockserver/time/profile.hpp"

#include <string>

#include "tests/mockserver/time/decoding.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;
using Catch::Approx;

namespace {

Profile profile_of(const std::string& text) {
  return decoded(text, [](const YamlNode& root) { return decode_profile(root); });
}

std::string profile_complaint(const std::string& text) {
  return complaint(text, [](const YamlNode& root) { return decode_profile(root); });
}

constexpr Nanos s(double seconds) {
  return static_cast<Nanos>(seconds * 1e9);
}

}  // namespace

TEST_CASE("without phases nothing ever happens") {
  CHECK(Profile().empty());
  CHECK(Profile().at(s(1000)) == ProfileState{});
  CHECK_FALSE(Profile().next_change_of_down(0).has_value());
  CHECK(profile_of("phases: []").empty());
}

TEST_CASE("a step holds from its moment on") {
  const auto p = profile_of("phases: [{at: 10s, kind: step, factor: 3}]");
  CHECK(p.at(-1) == ProfileState{});
  CHECK(p.at(s(10) - 1).factor == 1);
  CHECK(p.at(s(10)).factor == 3);
  CHECK(p.at(s(1e6)).factor == 3);
}

TEST_CASE("a ramp moves linearly from where the factor was, then stays") {
  const auto p = profile_of(
      "phases: [{at: '0', kind: step, factor: 2}, {at: 10s, kind: ramp, factor: 6, for: 20s}]");
  CHECK(p.at(0).factor == 2);
  CHECK(p.at(s(10)).factor == 2);
  CHECK(p.at(s(15)).factor == Approx(3));
  CHECK(p.at(s(20)).factor == Approx(4));
  CHECK(p.at(s(30)).factor == 6);
  CHECK(p.at(s(99)).factor == 6);
}

TEST_CASE("a spike ends where it began") {
  const auto p = profile_of(
      "phases: [{at: 1s, kind: step, factor: 2}, {at: 10s, kind: spike, factor: 50, for: 500ms}]");
  CHECK(p.at(s(10) - 1).factor == 2);
  CHECK(p.at(s(10)).factor == 50);
  CHECK(p.at(s(10.5) - 1).factor == 50);
  CHECK(p.at(s(10.5)).factor == 2);
}

TEST_CASE("what degrades gets slower and fails more, until it recovers") {
  const auto p = profile_of(
      "phases: [{at: 10s, kind: degrade, factor: 5, errors: 0.4, for: 10s},"
      " {at: 30s, kind: recover, for: 4s}]");
  CHECK(p.at(s(9)).errors == 0);
  CHECK(p.at(s(15)).factor == Approx(3));
  CHECK(p.at(s(15)).errors == Approx(0.2));
  CHECK(p.at(s(25)) == ProfileState{5, 0.4, false});
  CHECK(p.at(s(31)).factor == Approx(4));
  CHECK(p.at(s(31)).errors == Approx(0.3));
  CHECK(p.at(s(34)) == ProfileState{});
}

TEST_CASE("a crash is down until a recover, or for its time") {
  const auto p = profile_of(
      "phases: [{at: 5s, kind: step, factor: 2}, {at: 10s, kind: crash}, {at: 12s, kind: recover},"
      " {at: 20s, kind: crash, for: 3s}]");
  CHECK_FALSE(p.at(s(10) - 1).down);
  CHECK(p.at(s(10)).down);
  CHECK(p.at(s(12) - 1).down);
  CHECK(p.at(s(12)) == ProfileState{});
  CHECK(p.at(s(20)).down);
  CHECK(p.at(s(23) - 1).down);
  CHECK_FALSE(p.at(s(23)).down);
}

TEST_CASE("the next moment at which it goes down or up is known") {
  const auto p = profile_of(
      "phases: [{at: 5s, kind: step, factor: 2}, {at: 10s, kind: crash}, {at: 12s, kind: recover},"
      " {at: 20s, kind: crash, for: 3s}]");
  CHECK(p.next_change_of_down(-5) == s(10));
  CHECK(p.next_change_of_down(0) == s(10));
  CHECK(p.next_change_of_down(s(10)) == s(12));
  CHECK(p.next_change_of_down(s(12)) == s(20));
  CHECK(p.next_change_of_down(s(22)) == s(23));
  CHECK_FALSE(p.next_change_of_down(s(23)).has_value());

  const auto touching =
      profile_of("phases: [{at: 10s, kind: crash, for: 5s}, {at: 15s, kind: crash, for: 5s}]");
  CHECK(touching.next_change_of_down(s(10)) == s(20));
}

TEST_CASE("a profile that repeats begins afresh each period") {
  const auto p = profile_of(
      "{repeat: 60s, phases: [{at: 10s, kind: ramp, factor: 3, for: 20s},"
      " {at: 50s, kind: crash}]}");
  for (const double period : {0.0, 60.0, 600.0}) {
    CHECK(p.at(s(period)) == ProfileState{});
    CHECK(p.at(s(period + 20)).factor == Approx(2));
    CHECK(p.at(s(period + 40)).factor == 3);
    CHECK(p.at(s(period + 59)).down);
    CHECK(p.next_change_of_down(s(period + 1)) == s(period + 50));
    CHECK(p.next_change_of_down(s(period + 50)) == s(period + 60));
  }
  const auto up_in_time = profile_of("{repeat: 60s, phases: [{at: 50s, kind: crash, for: 5s}]}");
  CHECK(up_in_time.next_change_of_down(s(55)) == s(110));
  const auto always_down = profile_of("{repeat: 60s, phases: [{at: '0', kind: crash}]}");
  CHECK(always_down.at(s(61)).down);
  CHECK_FALSE(always_down.next_change_of_down(s(1)).has_value());
}

TEST_CASE("a profile's JSON is decoded to the same profile") {
  for (const char* text :
       {"phases: []",
        "{repeat: 1500ms, phases: [{at: '0', kind: step, factor: 0.1}, {at: 1ms, kind: ramp,"
        " factor: 3, for: 20us}, {at: 2ms, kind: spike, factor: 9, for: 1ns}, {at: 10ms, kind:"
        " degrade, factor: 2, errors: 0.25}, {at: 30ms, kind: crash}, {at: 31ms, kind: recover,"
        " for: 1s}]}",
        "phases: [{at: 1s, kind: crash, for: 2s}, {at: 3s, kind: recover}]"}) {
    const auto profile = profile_of(text);
    INFO(to_json(profile).dump());
    CHECK(profile_of(to_json(profile).dump()) == profile);
  }
  CHECK_FALSE(profile_of("phases: [{at: 1s, kind: crash}]") ==
              profile_of("phases: [{at: 2s, kind: crash}]"));
}

TEST_CASE("a bad profile is refused with file, line and field") {
  const auto phase = [](const std::string& text) {
    return profile_complaint("phases:\n  - {at: 1s, kind: crash, for: 2s}\n  - {" + text + "}\n");
  };
  CHECK(profile_complaint("{repeat: 5s}") == "s.yaml:1: 'phases' is missing");
  CHECK(profile_complaint("phases: 1") == "s.yaml:1: phases: must be a list");
  CHECK(phase("at: 3s, kind: recover").empty());
  CHECK(phase("at: 1s, kind: recover") ==
        "s.yaml:3: phases[1].at: must be after the beginning of the phase before it");
  CHECK(phase("at: 2s, kind: recover") ==
        "s.yaml:3: phases[1].at: is before the end of the phase before it, 3s");
  CHECK(phase("kind: crash") == "s.yaml:3: phases[1]: 'at' is missing");
  CHECK(phase("at: 5s, kind: explode") ==
        "s.yaml:3: phases[1].kind: must be step, ramp, spike, degrade, crash or recover");
  CHECK(phase("at: 5s, kind: step") == "s.yaml:3: phases[1]: 'factor' is missing");
  CHECK(phase("at: 5s, kind: step, factor: -1") ==
        "s.yaml:3: phases[1].factor: must be from 0 to 1000");
  CHECK(phase("at: 5s, kind: step, factor: 1, for: 1s") == "s.yaml:3: phases[1].for: unknown key");
  CHECK(phase("at: 5s, kind: ramp, factor: 1") == "s.yaml:3: phases[1]: 'for' is missing");
  CHECK(phase("at: 5s, kind: spike, factor: 1, for: 0") ==
        "s.yaml:3: phases[1].for: must be above 0");
  CHECK(phase("at: 5s, kind: degrade, factor: 1, errors: 1.5") ==
        "s.yaml:3: phases[1].errors: must be from 0 to 1");
  CHECK(phase("at: 721h, kind: crash") == "s.yaml:3: phases[1].at: must be at most 720h");
  const auto repeat = [](const std::string& period) {
    return profile_complaint("repeat: " + period + "\nphases: [{at: 1s, kind: crash, for: 2s}]\n");
  };
  CHECK(repeat("3s").empty());
  CHECK(repeat("0") == "s.yaml:1: repeat: must be above 0");
  CHECK(repeat("2s") == "s.yaml:1: repeat: is before the end of the last phase, 3s");
}
