#include "overhead/output/pass_json.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include <nlohmann/json.hpp>

namespace hopcost::overhead {
namespace {

using loadgen::Counters;
using nlohmann::json;

/// A member that is written and read back under one name.
template <class Owner, class T>
struct Named {
  const char* name;
  T Owner::* member;
};
template <class Owner, class T>
Named(const char*, T Owner::*) -> Named<Owner, T>;

constexpr std::tuple kOfPass{Named{"restart", &PassRecord::restart},
                             Named{"round", &PassRecord::round},
                             Named{"position", &PassRecord::position},
                             Named{"arm", &PassRecord::arm},
                             Named{"measured_ns", &PassRecord::measured_ns},
                             Named{"quantities", &PassRecord::quantities},
                             Named{"events_per_read", &PassRecord::events_per_read},
                             Named{"generator_busy_share", &PassRecord::generator_busy_share},
                             Named{"stack_cpu_ns", &PassRecord::stack_cpu_ns},
                             Named{"stack_memory_bytes", &PassRecord::stack_memory_bytes},
                             Named{"busiest_threads_ns", &PassRecord::busiest_threads_ns},
                             Named{"drain_ns", &PassRecord::drain_ns},
                             Named{"sees_backend", &PassRecord::sees_backend},
                             Named{"knows_others", &PassRecord::knows_others},
                             Named{"other_cpu_share", &PassRecord::other_cpu_share},
                             Named{"steal_share", &PassRecord::steal_share},
                             Named{"took_ns", &PassRecord::took_ns},
                             Named{"polluted", &PassRecord::polluted}};

constexpr std::tuple kOfBackend{Named{"cpu_ns", &PassRecord::backend_cpu_ns},
                                Named{"requests", &PassRecord::backend_requests},
                                Named{"connections", &PassRecord::backend_connections},
                                Named{"chunks", &PassRecord::backend_chunks},
                                Named{"lateness_p50_ns", &PassRecord::backend_lateness_p50_ns},
                                Named{"lateness_p99_ns", &PassRecord::backend_lateness_p99_ns}};

/// The counters that estimates and checks rest on.
constexpr std::tuple kOfCounters{Named{"sent", &Counters::sent},
                                 Named{"unsent", &Counters::unsent},
                                 Named{"ok", &Counters::ok},
                                 Named{"requests_total", &Counters::requests_total},
                                 Named{"connections", &Counters::connections},
                                 Named{"chunks", &Counters::chunks},
                                 Named{"stamped", &Counters::stamped},
                                 Named{"missing_done", &Counters::missing_done},
                                 Named{"timely_reads", &Counters::timely_reads},
                                 Named{"timely_events", &Counters::timely_events},
                                 Named{"bytes_read", &Counters::bytes_read}};

template <class Tuple, class Owner>
void write(json& out, const Tuple& names, const Owner& owner) {
  std::apply([&](const auto&... each) { ((out[each.name] = owner.*(each.member)), ...); }, names);
}

template <class Owner, class T, class Target>
void read_one(const JsonField& field, const Named<Owner, T>& named, Target& target) {
  target.*(named.member) = field.at(named.name).template as<T>();
}

template <class Tuple, class Target>
void read(const JsonField& field, const Tuple& names, Target& target) {
  std::apply([&](const auto&... each) { (read_one(field, each, target), ...); }, names);
}

json pressure_json(const std::optional<PressureShares>& pressure) {
  if (!pressure) return nullptr;
  return {{"cpu", pressure->cpu}, {"io", pressure->io}, {"memory", pressure->memory}};
}

json failures_json(const PassRecord& pass) {
  json failures = json::object();
  for (std::size_t i = 1; i < loadgen::kFailures; ++i) {
    if (pass.counters.failures[i] == 0) continue;
    failures[std::string(loadgen::kFailureNames[i])] = {{"count", pass.counters.failures[i]},
                                                        {"first", pass.failure_samples[i]}};
  }
  return failures;
}

void read_failures(const JsonField& field, PassRecord& pass) {
  field.each_entry([&](const std::string& name, const JsonField& failure) {
    const auto* const found = std::ranges::find(loadgen::kFailureNames, name);
    if (found == loadgen::kFailureNames.end()) failure.complain("is no class of failures");
    const auto i = static_cast<std::size_t>(found - loadgen::kFailureNames.begin());
    pass.counters.failures[i] = failure.at("count").as<std::uint64_t>();
    pass.failure_samples[i] = failure.at("first").as<std::string>();
  });
}

}  // namespace

json pass_json(const PassRecord& pass) {
  json out = json::object();
  write(out, kOfPass, pass);
  write(out, kOfCounters, pass.counters);
  out["failures"] = failures_json(pass);
  write(out["backend"], kOfBackend, pass);
  out["stack_storage_bytes"] =
      pass.stack_storage_bytes ? json(*pass.stack_storage_bytes) : json(nullptr);
  out["deferred_cpu_ns"] = pass.deferred_cpu_ns ? json(*pass.deferred_cpu_ns) : json(nullptr);
  out["pressure_shares"] = pressure_json(pass.pressure);
  return out;
}

PassRecord pass_from(const JsonField& field) {
  PassRecord pass;
  read(field, kOfPass, pass);
  read(field, kOfCounters, pass.counters);
  read_failures(field.at("failures"), pass);
  read(field.at("backend"), kOfBackend, pass);
  pass.through_stack = pass.arm != kBaseline && pass.arm != kBaseline2;
  if (const auto storage = field.at("stack_storage_bytes"); !storage.is_null()) {
    pass.stack_storage_bytes = storage.as<std::uint64_t>();
  }
  if (field.has("deferred_cpu_ns") &&
      !field.at("deferred_cpu_ns").is_null()) {  // not in older ones
    pass.deferred_cpu_ns = field.at("deferred_cpu_ns").as<Nanos>();
  }
  if (const auto pressure = field.at("pressure_shares"); !pressure.is_null()) {
    pass.pressure = PressureShares{pressure.at("cpu").as<double>(), pressure.at("io").as<double>(),
                                   pressure.at("memory").as<double>()};
  }
  return pass;
}

}  // namespace hopcost::overhead
