#include "loadgen/output/format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "common/random.hpp"

namespace hopcost::loadgen {
namespace {

/// "json" is run.json, which is there before any other form.
std::vector<OutputFile> render_nothing(const RunRecord& /*record*/) {
  return {};
}

constexpr std::array kFormats{Format{"aiperf", render_aiperf},
                              Format{"bencher", render_bencher},
                              Format{"csv", render_csv},
                              Format{"github", render_github},
                              Format{"guidellm", render_guidellm},
                              Format{"hgrm", render_hgrm},
                              Format{"inference-perf", render_inference_perf},
                              Format{"json", render_nothing},
                              Format{"junit", render_junit},
                              Format{"k6", render_k6},
                              Format{"llm-d", render_llm_d},
                              Format{"locust", render_locust},
                              Format{"markdown", render_markdown},
                              Format{"suite", render_suite},
                              Format{"vllm", render_vllm}};

}  // namespace

std::span<const Format> formats() {
  return kFormats;
}

Result<std::vector<Format>> formats_in(std::string_view list) {
  std::vector<Format> found;
  while (true) {
    const auto comma = list.find(',');
    const auto name = list.substr(0, comma);
    const auto* const format = std::ranges::find(kFormats, name, &Format::name);
    if (format == kFormats.end()) {
      std::string names;
      for (const auto& known : kFormats) names += fmt::format(" {}", known.name);
      return fail(ErrorCode::usage, fmt::format("no format '{}'; there are:{}", name, names));
    }
    found.push_back(*format);
    if (comma == std::string_view::npos) return found;
    list.remove_prefix(comma + 1);
  }
}

std::string file_name(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.') c = '_';
  }
  if (name.empty() || name.front() == '.') name.insert(0, 1, '_');
  // A file's name has room for 255 bytes; two long ones stay two.
  constexpr std::size_t kMost = 120;
  if (name.size() <= kMost) return name;
  std::uint64_t sum = 0;
  for (const char c : name) sum = Random::mix(sum ^ static_cast<unsigned char>(c));
  return fmt::format("{}-{:016x}", name.substr(0, kMost - 17), sum);
}

Result<void> write_files(const std::string& folder, const std::vector<OutputFile>& files) {
  namespace fs = std::filesystem;
  for (const auto& file : files) {
    const fs::path path = fs::path(folder) / file.path;
    std::error_code ec;
    fs::create_directories(path.parent_path(), ec);
    if (ec) return fail(ErrorCode::io, "cannot be written: " + ec.message(), path.string());
    errno = 0;
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    out.close();
    if (!out) {
      return fail(ErrorCode::io, "cannot be written: " + std::generic_category().message(errno),
                  path.string());
    }
  }
  return {};
}

}  // namespace hopcost::loadgen
