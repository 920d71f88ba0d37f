#include "overhead/report/reports.hpp"

#include <cstdio>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "overhead/output/formats.hpp"
#include "overhead/output/record.hpp"
#include "overhead/output/table.hpp"
#include "overhead/report/page_data.hpp"
#include "overhead/report/plot_files.hpp"
#include "overhead/report/rebuilt.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

bool compares_builds(const ReadStudy& study) {
  return !study.cells.empty() && study.cells.front().contrast.ours == kHead;
}

}  // namespace

Result<void> write_reports(const std::string& record, const std::filesystem::path& folder) {
  const auto study = study_from_text(record, folder / "run.json");
  if (!study) return std::unexpected(study.error());
  std::vector<std::pair<const char*, std::string>> files{{"cells.csv", cells_csv(*study)},
                                                         {"benchmark.json", github_json(*study)},
                                                         {"bencher.json", bencher_json(*study)},
                                                         {"junit.xml", run_junit(*study)}};
  if (!compares_builds(*study)) {
    if (const auto whole = rebuilt(*study)) {
      files.emplace_back("summary.md", summary_markdown(*whole));
    } else {
      fmt::print(stderr, "overhead: no summary.md: {}\n", whole.error().to_string());
    }
  }
  if (web::has_page()) {
    const auto data = page_data(record);
    if (!data) return std::unexpected(data.error());
    auto page = web::page(*data);
    if (!page) return std::unexpected(page.error());
    files.emplace_back("report.html", std::move(*page));
  } else {
    fmt::print(stderr, "overhead: {}\n", web::kNoPage);
  }
  for (const auto& [file, text] : files) {
    if (auto written = write_file(folder / file, text); !written) return written;
  }
  return write_plots(*study, folder / "plots");
}

Result<std::vector<std::filesystem::path>> write_arm_pages(const std::string& record,
                                                           const std::filesystem::path& folder) {
  if (!web::has_page()) return fail(ErrorCode::not_valid, std::string(web::kNoPage));
  auto data = page_data(record);
  if (!data) return std::unexpected(data.error());
  std::set<std::string> arms;
  for (const auto& cell : (*data)["cells"]) {
    arms.insert(cell["theirs"].get<std::string>());
    arms.insert(cell["ours"].get<std::string>());
  }
  std::vector<std::filesystem::path> files;
  for (const auto& arm : arms) {
    (*data)["arm"] = arm;
    const auto page = web::page(*data);
    if (!page) return std::unexpected(page.error());
    files.push_back(folder / (arm + ".html"));
    if (auto written = write_file(files.back(), *page); !written) {
      return std::unexpected(written.error());
    }
  }
  return files;
}

}  // namespace hopcost::overhead
