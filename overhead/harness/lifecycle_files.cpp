#include "overhead/harness/lifecycle_files.hpp"

#include <string>
#include <system_error>

#include <fmt/format.h>

#include "loadgen/merge/decode.hpp"
#include "overhead/report/plot_files.hpp"
#include "overhead/report/rate_charts.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

bool is_wanted(const std::string& name, const loadgen::Profile& wanted) {
  if (name.starts_with("summary_")) return wanted.summary;
  if (name.starts_with("stage_")) return wanted.per_stage;
  if (name.starts_with("per_request_")) return wanted.per_request;
  return true;
}

/// Moves the files of a format up into `folder`, under the names that `rename` gives them; an empty
/// one drops the file.
template <class Rename>
Result<void> move_up(const fs::path& folder, const char* format, Rename rename) {
  std::error_code ec;
  const auto from = folder / format;
  if (!fs::exists(from, ec)) return {};
  for (const auto& entry : fs::directory_iterator(from, ec)) {
    const std::string name = rename(entry.path().filename().string());
    if (!name.empty()) fs::rename(entry.path(), folder / name, ec);
    if (ec) break;
  }
  if (!ec) fs::remove_all(from, ec);
  if (ec) return fail(ErrorCode::io, ec.message(), from.string());
  return {};
}

/// "benchmark_report_v0.2,_stage_3.yaml" by the name that llm-d's run_only.sh gives it.
std::string report_name(const std::string& name) {
  const auto stage = name.find("stage_");
  const auto dot = name.rfind('.');
  if (stage == std::string::npos || dot < stage) return name;
  return fmt::format("benchmark_report,_{}_lifecycle_metrics.json.yaml",
                     name.substr(stage, dot - stage));
}

}  // namespace

Result<void> put_lifecycle_files(const fs::path& folder, const loadgen::Profile& wanted) {
  if (auto moved = move_up(
          folder, "inference-perf",
          [&](const std::string& name) { return is_wanted(name, wanted) ? name : std::string(); });
      !moved) {
    return moved;
  }
  if (auto moved = move_up(folder, "llm-d", report_name); !moved) return moved;
  std::error_code ec;
  if (!fs::exists(folder / "run.json", ec)) return {};
  const auto record = loadgen::read_record(folder.string());
  if (!record) return std::unexpected(record.error());
  return write_pictures(rate_charts(*record), folder / "analysis");
}

}  // namespace hopcost::overhead
