#include "overhead/report/plot_files.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "common/child.hpp"
#include "overhead/output/record.hpp"
#include "overhead/plot/plots.hpp"

namespace hopcost::overhead {

namespace {

/// Beside it. False where there is nothing that could, which it says.
bool write_png(std::filesystem::path svg) {
  const auto from = svg.string();
  const auto to = svg.replace_extension(".png").string();
  const auto made = run_child({"rsvg-convert", "--zoom", "2", "--output", to, from});
  if (!made) {
    fmt::print(stderr, "overhead: plots are SVG only: {} (Debian's librsvg2-bin has it)\n",
               made.error().to_string());
  }
  return made.has_value();
}

}  // namespace

Result<void> write_pictures(const std::map<std::string, std::string>& pictures,
                            const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec) return fail(ErrorCode::io, ec.message(), folder.string());
  bool convert = true;
  // One picture a cell: of a large run PNGs would take minutes, and few would be looked at.
  constexpr std::size_t kMostConverted = 40;
  const bool few = pictures.size() <= kMostConverted;
  for (const auto& [name, svg] : pictures) {
    const auto file = folder / (name + ".svg");
    std::filesystem::create_directories(file.parent_path(), ec);
    if (auto written = write_file(file, svg); !written) return written;
    const bool of_cell = name.find('/') != std::string::npos;
    if (!convert || (of_cell && !few)) continue;
    convert = write_png(file);
  }
  return {};
}

void write_missing_pngs(const std::filesystem::path& folder) {
  std::error_code ec;
  for (std::filesystem::directory_iterator it(folder, ec), end; !ec && it != end;
       it.increment(ec)) {
    auto png = it->path();
    if (png.extension() != ".svg") continue;
    if (!exists(png.replace_extension(".png"), ec) && !write_png(it->path())) return;
  }
}

Result<void> write_plots(const ReadStudy& study, const std::filesystem::path& folder) {
  return write_pictures(plots_of(study), folder);
}

}  // namespace hopcost::overhead
