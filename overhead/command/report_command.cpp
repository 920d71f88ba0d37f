#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/output/reports.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

/// Hands the file to the desktop, which answers at once. The path is an argument, never a shell's.
Result<void> show(const std::filesystem::path& file) {
  std::string opener = "xdg-open";
  std::string path = std::filesystem::absolute(file).string();
  char* arguments[] = {opener.data(), path.data(), nullptr};
  pid_t child = 0;
  int status = 0;
  const bool started =
      posix_spawnp(&child, opener.c_str(), nullptr, nullptr, arguments, environ) == 0;
  if (!started || waitpid(child, &status, 0) != child || status != 0) {
    return fail(ErrorCode::unreachable, "xdg-open cannot show it; open it by hand", path);
  }
  return {};
}

}  // namespace

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
  const auto page = folder / "report.html";
  fmt::print("{}\n", (web::has_page() ? page : folder).string());
  if (!program.report.open) return 0;
  if (!web::has_page()) return report_error({ErrorCode::not_valid, std::string(web::kNoPage), {}});
  if (const auto shown = show(page); !shown) return report_error(shown.error());
  return 0;
}

}  // namespace hopcost::overhead
