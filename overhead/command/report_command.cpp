#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "common/process.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/output/reports.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {

int report_command(const Program& program) {
  namespace fs = std::filesystem;
  const fs::path asked = program.report.run;
  const auto file = fs::is_directory(asked) ? asked / "run.json" : asked;
  std::ifstream in(file, std::ios::binary);
  if (!in) return report_error({ErrorCode::usage, "cannot be read", file.string()});
  const std::string record{std::istreambuf_iterator<char>(in), {}};
  const auto folder = program.output.empty() ? file.parent_path() : fs::path(program.output);
  std::error_code ignored;  // where it cannot be made, nothing can be written into it either
  fs::create_directories(folder, ignored);
  if (const auto written = write_reports(record, folder); !written) {
    return report_error(written.error());
  }
  fmt::print("{}\n", (folder / (web::has_page() ? "report.html" : "cells.csv")).string());
  return 0;
}

}  // namespace hopcost::overhead
