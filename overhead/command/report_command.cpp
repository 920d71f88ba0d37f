#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/child.hpp"
#include "common/write_file.hpp"
#include "loadgen/merge/stored_record.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/report/beside.hpp"
#include "overhead/report/cross_check.hpp"
#include "overhead/report/plot_files.hpp"
#include "overhead/report/reports.hpp"
#include "overhead/report/sweep_charts.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

int put_beside(const std::vector<std::string>& runs, const std::string& output) {
  const auto first = read_study(runs[0]);
  if (!first) return report_error(first.error());
  const auto second = read_study(runs[1]);
  if (!second) return report_error(second.error());
  fmt::print("{}", beside(*first, *second));
  if (output.empty()) return 0;
  const auto page = web::page(beside_json(*first, *second));
  if (!page) return report_error(page.error());
  if (const auto written = write_file(output, *page); !written)
    return report_error(written.error());
  fmt::print("{}\n", output);
  return 0;
}

/// To the terminal, and into the output file where there is one.
int put_cross_check(const std::vector<std::string>& folders, const std::string& output) {
  std::vector<ReadStudy> runs;
  for (const auto& folder : folders) {
    auto run = read_study(folder);
    if (!run) return report_error(run.error());
    runs.push_back(std::move(*run));
  }
  const auto text = cross_check(runs);
  fmt::print("{}", text);
  if (output.empty()) return 0;
  const auto written = write_file(output, text);
  return written ? 0 : report_error(written.error());
}

/// Of what lies in the folders; into the output folder, else the first of them.
int draw_charts(const std::vector<std::string>& folders, const std::string& output) {
  std::vector<loadgen::RunRecord> runs;
  for (const auto& folder : folders) {
    auto found = load_runs_in(folder);
    if (!found) return report_error(found.error());
    runs.insert(runs.end(), std::make_move_iterator(found->begin()),
                std::make_move_iterator(found->end()));
  }
  const auto pictures = sweep_charts(runs);
  if (pictures.empty()) {
    return report_error({ErrorCode::usage,
                         "no load run there has the tags target=stack or target=vllm",
                         folders.front()});
  }
  const auto folder = output.empty() ? folders.front() : output;
  if (const auto written = write_pictures(pictures, folder); !written) {
    return report_error(written.error());
  }
  for (const auto& [name, svg] : pictures) fmt::print("{}/{}.svg\n", folder, name);
  return 0;
}

}  // namespace

int report_command(const Program& program) {
  namespace fs = std::filesystem;
  if (!program.report.compare.empty()) return put_beside(program.report.compare, program.output);
  if (!program.report.charts.empty()) return draw_charts(program.report.charts, program.output);
  if (!program.report.cross_check.empty()) {
    return put_cross_check(program.report.cross_check, program.output);
  }
  const auto record = loadgen::stored_record(program.report.run);
  if (!record) return report_error(record.error());
  const auto folder =
      program.output.empty() ? record->file.parent_path() : fs::path(program.output);
  std::error_code ignored;  // where it cannot be made, nothing can be written into it either
  fs::create_directories(folder, ignored);
  if (const auto written = write_reports(record->text, folder); !written) {
    return report_error(written.error());
  }
  if (program.report.per_arm) {
    const auto pages = write_arm_pages(record->text, folder);
    if (!pages) return report_error(pages.error());
    for (const auto& page : *pages) fmt::print("{}\n", page.string());
  }
  const auto page = folder / "report.html";
  fmt::print("{}\n", (web::has_page() ? page : folder).string());
  if (!program.report.open) return 0;
  if (!web::has_page()) return report_error({ErrorCode::not_valid, std::string(web::kNoPage), {}});
  const auto shown = run_child({"xdg-open", fs::absolute(page).string()});
  if (!shown) return report_error(shown.error());
  return 0;
}

}  // namespace hopcost::overhead
