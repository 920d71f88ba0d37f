#include "overhead/microbench/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "overhead/estimate/estimate.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/json_field.hpp"

namespace hopcost::overhead {
namespace {

using Seen = BenchmarkChange::Seen;

double unit_ns(const JsonField& unit) {
  const auto name = unit.as<std::string>();
  for (const auto& [known, ns] :
       {std::pair{"ns", 1.0}, std::pair{"us", 1e3}, std::pair{"ms", 1e6}, std::pair{"s", 1e9}}) {
    if (name == known) return ns;
  }
  unit.complain("is no unit of time");
}

void add_run(const JsonField& run, BenchmarkFile& read) {
  if (run.at("run_type").as<std::string>() != "iteration") return;  // a mean, a median
  if (run.has("error_occurred") && run.at("error_occurred").as<bool>()) return;
  const auto name = run.at("run_name").as<std::string>();
  const bool real = name.find("/real_time") != std::string::npos;
  const auto time = run.at(real ? "real_time" : "cpu_time").as<double>();
  read.ns[name].push_back(time * unit_ns(run.at("time_unit")));
}

const char* word(Seen seen) {
  switch (seen) {
    case Seen::slower:
      return "slower";
    case Seen::faster:
      return "faster";
    case Seen::no_difference:
      return "no difference seen";
    case Seen::too_few:
      break;
  }
  return "too few repetitions to tell";
}

Seen seen_of(const BenchmarkChange& change, double level, double at_least) {
  if (change.test.smallest_p > level) return Seen::too_few;
  if (change.test.p > level || std::abs(change.change()) < at_least) return Seen::no_difference;
  return change.change() > 0 ? Seen::slower : Seen::faster;
}

}  // namespace

Result<BenchmarkFile> read_benchmarks(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::usage, "cannot be read", file.string());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::usage, "is not JSON", file.string());
  auto read = catch_errors([&] {
    const JsonField root(json, {});
    BenchmarkFile result;
    result.file = file;
    const auto context = root.at("context");
    result.machine["host"] = context.at("host_name").as<std::string>();
    result.machine["CPUs"] = std::to_string(context.at("num_cpus").as<int>());
    root.at("benchmarks").each_item([&](const JsonField& run) { add_run(run, result); });
    return result;
  });
  if (!read) return fail(ErrorCode::usage, read.error().message, file.string());
  return read;
}

int BenchmarkComparison::exit_code() const {
  const auto any = [&](Seen seen) {
    return std::ranges::find(changes, seen, &BenchmarkChange::seen) != changes.end();
  };
  if (any(Seen::slower)) return 1;
  const bool told = any(Seen::faster) || any(Seen::no_difference);
  return told && !any(Seen::too_few) ? 0 : 2;
}

BenchmarkComparison compare_benchmarks(const BenchmarkFile& base, const BenchmarkFile& head,
                                       double level, double at_least) {
  BenchmarkComparison comparison{level, at_least, {}, {}, {}, {}};
  for (const auto& [name, ns] : base.ns) {
    const auto other = head.ns.find(name);
    if (other == head.ns.end()) {
      comparison.only_base.push_back(name);
      continue;
    }
    comparison.changes.push_back({name, median(ns), median(other->second),
                                  rank_test(ns, other->second), Seen::no_difference});
  }
  for (const auto& [name, ns] : head.ns) {
    if (!base.ns.contains(name)) comparison.only_head.push_back(name);
  }
  const double each =
      level / static_cast<double>(std::max<std::size_t>(1, comparison.changes.size()));
  for (auto& change : comparison.changes) change.seen = seen_of(change, each, at_least);
  for (const auto& [fact, value] : base.machine) {
    const auto& now = head.machine.at(fact);
    if (now != value) {
      comparison.other_machine += fmt::format(
          "{}{} {} and {}", comparison.other_machine.empty() ? "" : "; ", fact, value, now);
    }
  }
  return comparison;
}

std::string comparison_text(const BenchmarkComparison& comparison) {
  std::vector<std::vector<std::string>> rows{
      {"benchmark", "base, ns", "head, ns", "change", "p", "seen"}};
  for (const auto& change : comparison.changes) {
    rows.push_back({change.name, fmt::format("{:.4g}", change.base_ns),
                    fmt::format("{:.4g}", change.head_ns),
                    fmt::format("{:+.1f} %", 100 * change.change()),
                    fmt::format("{:.2g}", change.test.p), word(change.seen)});
  }
  std::string out = aligned(rows);
  out += fmt::format(
      "\nMedians over repetitions; p of a two-sided rank test (Mann and Whitney). Together wrong "
      "at "
      "most {:g} times in 100\n(Bonferroni over {}); changes below {:g} % are not called any.\n",
      100 * comparison.level, comparison.changes.size(), 100 * comparison.at_least);
  if (!comparison.only_base.empty()) {
    out += fmt::format("only in base: {}\n", fmt::join(comparison.only_base, ", "));
  }
  if (!comparison.only_head.empty()) {
    out += fmt::format("only in head: {}\n", fmt::join(comparison.only_head, ", "));
  }
  if (!comparison.other_machine.empty()) {
    out += fmt::format("not the same machine: {}\n", comparison.other_machine);
  }
  return out;
}

}  // namespace hopcost::overhead
