#include <fmt/format.h>

#include "common/child.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/report/beside.hpp"
#include "overhead/report/reports.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

int put_beside(const std::vector<std::string>& runs) {
  const auto first = read_study(runs[0]);
  if (!first) return report_error(first.error());
  const auto second = read_study(runs[1]);
  if (!second) return report_error(second.error());
  fmt::print("{}", beside(*first, *second));
  return 0;
}

}  // namespace

int report_command(const Program& program) {
  namespace fs = std::filesystem;
  if (!program.report.compare.empty()) return put_beside(program.report.compare);
  const auto record = read_record(program.report.run);
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
