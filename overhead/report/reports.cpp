#include "overhead/report/reports.hpp"

#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "overhead/output/formats.hpp"
#include "overhead/output/record.hpp"
#include "overhead/report/page_data.hpp"
#include "overhead/report/plot_files.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {

Result<void> write_reports(const std::string& record, const std::filesystem::path& folder) {
  const auto study = study_from_text(record, folder / "run.json");
  if (!study) return std::unexpected(study.error());
  std::vector<std::pair<const char*, std::string>> files{{"cells.csv", cells_csv(*study)},
                                                         {"benchmark.json", github_json(*study)},
                                                         {"bencher.json", bencher_json(*study)},
                                                         {"junit.xml", run_junit(*study)}};
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

}  // namespace hopcost::overhead
