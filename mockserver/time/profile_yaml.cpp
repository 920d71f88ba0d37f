#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"
#include "mockserver/time/profile.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;
using Kind = Phase::Kind;

/// What a kind of phase is called, and which fields it has.
struct KindFields {
  std::string_view name;
  Kind kind;
  bool factor;
  bool errors;
  bool length;        ///< may have one
  bool needs_length;  ///< must have one above 0
};

constexpr std::array kKinds{
    KindFields{"step", Kind::step, true, false, false, false},
    KindFields{"ramp", Kind::ramp, true, false, true, true},
    KindFields{"spike", Kind::spike, true, false, true, true},
    KindFields{"degrade", Kind::degrade, true, true, true, false},
    KindFields{"crash", Kind::crash, false, false, true, false},
    KindFields{"recover", Kind::recover, false, false, true, false},
};

const KindFields& fields_of(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

const KindFields& kind_named(const YamlNode& node) {
  const auto name = node.as_string();
  for (const auto& kind : kKinds) {
    if (kind.name == name) return kind;
  }
  node.complain("must be step, ramp, spike, degrade, crash or recover");
}

double number(const YamlNode& node, double at_most) {
  const double value = node.as_double();
  if (value < 0 || value > at_most) {
    node.complain(fmt::format("must be from 0 to {:.0f}", at_most));
  }
  return value + 0.0;  // -0 becomes 0
}

Nanos moment(const YamlNode& node) {
  const Nanos ns = node.as_duration();
  if (ns > kLongestProfile) node.complain("must be at most 720h");
  return ns;
}

/// One phase, which begins after `before` began, and not before that ended.
Phase decode_phase(const YamlNode& node, const Phase* before) {
  Phase phase;
  auto fields = node.fields();
  const auto at = fields.require("at");
  phase.at = moment(at);
  if (before != nullptr && phase.at <= before->at) {
    at.complain("must be after the beginning of the phase before it");
  }
  if (before != nullptr && phase.at < before->at + before->length) {
    at.complain(fmt::format("is before the end of the phase before it, {}",
                            duration_text(before->at + before->length)));
  }
  const KindFields& kind = kind_named(fields.require("kind"));
  phase.kind = kind.kind;
  if (kind.factor) phase.factor = number(fields.require("factor"), kMaxProfileFactor);
  if (kind.errors) phase.errors = number(fields.require("errors"), 1);
  if (kind.needs_length) {
    const auto length = fields.require("for");
    phase.length = moment(length);
    if (phase.length == 0) length.complain("must be above 0");
  } else if (kind.length) {
    if (const auto length = fields.take("for")) phase.length = moment(*length);
  }
  fields.finish();
  return phase;
}

}  // namespace

Profile decode_profile(const YamlNode& node) {
  auto fields = node.fields();
  std::vector<Phase> phases;
  const auto list = fields.require("phases");
  const auto items = list.items();
  if (items.size() > kMaxPhases) list.complain(fmt::format("has more than {}", kMaxPhases));
  for (const auto& item : items) {
    phases.push_back(decode_phase(item, phases.empty() ? nullptr : &phases.back()));
  }
  std::optional<Nanos> repeat;
  if (const auto period = fields.take("repeat")) {
    repeat = moment(*period);
    if (*repeat == 0) period->complain("must be above 0");
    if (!phases.empty()) {
      const auto& last = phases.back();
      if (*repeat <= last.at || *repeat < last.at + last.length) {
        period->complain(fmt::format("is before the end of the last phase, {}",
                                     duration_text(last.at + last.length)));
      }
    }
  }
  fields.finish();
  return Profile(std::move(phases), repeat);
}

json to_json(const Profile& profile) {
  json phases = json::array();
  for (const auto& phase : profile.phases()) {
    const KindFields& kind = fields_of(phase.kind);
    json out{{"at", duration_text(phase.at)}, {"kind", kind.name}};
    if (kind.factor) out["factor"] = phase.factor;
    if (kind.errors) out["errors"] = phase.errors;
    if (kind.length && phase.length > 0) out["for"] = duration_text(phase.length);
    phases.push_back(std::move(out));
  }
  json out{{"phases", std::move(phases)}};
  if (profile.repeat()) out["repeat"] = duration_text(*profile.repeat());
  return out;
}

}  // namespace hopcost::mockserver
