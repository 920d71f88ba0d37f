#include "overhead/report/plot_files.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "common/child.hpp"
#include "overhead/output/record.hpp"
#include "overhead/plot/plots.hpp"

namespace hopcost::overhead {

Result<void> write_pictures(const std::map<std::string, std::string>& pictures,
                            const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec) return fail(ErrorCode::io, ec.message(), folder.string());
  bool convert = true;
  for (const auto& [name, svg] : pictures) {
    const auto file = folder / (name + ".svg");
    if (auto written = write_file(file, svg); !written) return written;
    if (!convert) continue;
    const auto png = folder / (name + ".png");
    const auto made =
        run_child({"rsvg-convert", "--zoom", "2", "--output", png.string(), file.string()});
    if (!made) {
      fmt::print(stderr, "overhead: plots are SVG only: {} (Debian's librsvg2-bin has it)\n",
                 made.error().to_string());
      convert = false;
    }
  }
  return {};
}

Result<void> write_plots(const ReadStudy& study, const std::filesystem::path& folder) {
  return write_pictures(plots_of(study), folder);
}

}  // namespace hopcost::overhead
