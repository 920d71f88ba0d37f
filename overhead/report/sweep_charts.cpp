#include "overhead/report/sweep_charts.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/merge/decode.hpp"
#include "overhead/plot/chart.hpp"
#include "overhead/report/rate_charts.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

/// What the tags say of a run.
struct Setting {
  int backends = 1;
  int instances = 0;  ///< of the stack; 0: the backend alone
  auto operator<=>(const Setting&) const = default;
};

std::optional<std::string> tag_of(const loadgen::RunRecord& run, std::string_view name) {
  const auto found = std::ranges::find(run.options.tags, name,
                                       [](const auto& tag) -> const auto& { return tag.first; });
  return found == run.options.tags.end() ? std::nullopt : std::optional(found->second);
}

int count_of(const loadgen::RunRecord& run, std::string_view name) {
  const auto text = tag_of(run, name).value_or("1");
  int value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc() && end == text.data() + text.size() && value > 0 ? value : 1;
}

std::optional<Setting> setting_of(const loadgen::RunRecord& run) {
  const auto target = tag_of(run, "target");
  if (target != "stack" && target != "vllm") return std::nullopt;
  return Setting{count_of(run, "vllm_replicas"),
                 target == "stack" ? count_of(run, "stack_replicas") : 0};
}

/// Requests under way on average, by Little's law: those of an open loop are not what was asked.
double under_way(const loadgen::Measurement& level) {
  return level.requests_per_s() * level.metrics[loadgen::Metric::e2e].mean() /
         static_cast<double>(kSecond);
}

/// By setting, each kind of load once: the latest.
using Runs = std::map<Setting, std::map<std::string, const loadgen::RunRecord*>>;

PlotLine line_of(const Setting& setting, const Runs::mapped_type& runs, const std::string& figure,
                 double unit) {
  PlotLine line;
  line.reference = setting.instances == 0;
  line.name = setting.instances == 0 ? "direct"
                                     : fmt::format("stack, {} replica{}", setting.instances,
                                                   setting.instances == 1 ? "" : "s");
  const auto add = [&](const loadgen::Measurement& level) {
    const auto point = figure_point(level, figure, unit, under_way(level));
    if (point) line.points.push_back(*point);
  };
  for (const auto& [load, run] : runs) {
    for (const auto& stage : run->result.stages) add(stage.measured);
    if (run->result.stages.empty()) add(run->result);
  }
  std::ranges::sort(line.points, {}, &PlotPoint::x);
  return line;
}

PlotChart chart_of(const Runs& runs, int backends, const std::string& title,
                   const std::string& y_label, const std::string& figure, double unit) {
  PlotChart chart{fmt::format("{}, {} backend{}", title, backends, backends == 1 ? "" : "s"),
                  {},
                  "requests under way (mean, as measured)",
                  y_label,
                  true,
                  {},
                  false};
  std::uint64_t requests = 0;
  for (const auto& [setting, of_setting] : runs) {
    if (setting.backends != backends) continue;
    auto line = line_of(setting, of_setting, figure, unit);
    if (!line.points.empty()) chart.lines.push_back(std::move(line));
    for (const auto& [load, run] : of_setting) requests += run->result.counters.ok;
  }
  chart.note = fmt::format(
      "{}n = {} requests",
      figure.ends_with(".p50") ? "median, with 95 % intervals of a run's own requests; " : "",
      requests);
  return chart;
}

}  // namespace

std::map<std::string, std::string> sweep_charts(const std::vector<loadgen::RunRecord>& all) {
  Runs runs;
  for (const auto& run : all) {
    const auto setting = setting_of(run);
    if (!setting) continue;
    const auto load = run.sweep.empty()
                          ? fmt::format("{} {}", run.options.concurrency, run.options.rate_per_s)
                          : run.sweep;
    auto& latest = runs[*setting][load];
    if (latest == nullptr || latest->started_at_ns <= run.started_at_ns) latest = &run;
  }
  constexpr double kMs = 1e6;
  std::map<std::string, std::string> pictures;
  for (const auto& [setting, of_setting] : runs) {
    const int backends = setting.backends;
    const auto prefix = fmt::format("vllm_replica{}_", backends);
    if (pictures.contains(prefix + "benchmark_results")) continue;
    const auto ttft = chart_of(runs, backends, "Time to first token", "TTFT, ms", "ttft.p50", kMs);
    const auto itl = chart_of(runs, backends, "Time between chunks", "ITL, ms", "itl.p50", kMs);
    const auto latency =
        chart_of(runs, backends, "Request latency", "request latency, ms", "e2e.p50", kMs);
    const auto rate =
        chart_of(runs, backends, "Throughput", "requests per second", "requests_per_s", 1);
    pictures[prefix + "ttft_vs_concurrency"] = svg_of({ttft});
    pictures[prefix + "itl_vs_concurrency"] = svg_of({itl});
    pictures[prefix + "req_latency_vs_concurrency"] = svg_of({latency});
    pictures[prefix + "benchmark_results"] = svg_of({rate, latency, ttft, itl});
  }
  return pictures;
}

Result<std::vector<loadgen::RunRecord>> load_runs_in(const fs::path& folder) {
  std::error_code ec;
  if (!fs::is_directory(folder, ec)) {
    return fail(ErrorCode::usage, "is no folder", folder.string());
  }
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    if (it->path().filename() == "run.json") files.push_back(it->path());
  }
  std::ranges::sort(files);
  std::vector<loadgen::RunRecord> runs;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(ErrorCode::usage, "cannot be read", file.string());
    const auto json = nlohmann::json::parse(in, nullptr, false);
    if (json.is_discarded()) return fail(ErrorCode::usage, "is not JSON", file.string());
    const auto schema = json.find("schema");
    if (schema == json.end() || *schema != "hopcost.loadgen/1") continue;
    auto run = loadgen::record_from_json(json);
    if (!run) return fail(ErrorCode::usage, run.error().to_string(), file.string());
    runs.push_back(std::move(*run));
  }
  return runs;
}

}  // namespace hopcost::overhead
