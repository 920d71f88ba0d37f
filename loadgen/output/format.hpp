#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// One file of a format: its path below the results folder, and its bytes.
struct OutputFile {
  std::string path;
  std::string text;
};

/// A form in which other tools read results. Rendered from the record alone; docs/outputs.md says
/// what each field holds and where the other tool's definition differs.
struct Format {
  std::string_view name;
  std::vector<OutputFile> (*render)(const RunRecord&);
};

/// All there are, by name.
[[nodiscard]] std::span<const Format> formats();
/// Those of a list such as "junit,k6". An Error names the formats there are.
[[nodiscard]] Result<std::vector<Format>> formats_in(std::string_view list);

/// Writes `files` below `folder`, which is made. An Error names the file that cannot be written.
[[nodiscard]] Result<void> write_files(const std::string& folder,
                                       const std::vector<OutputFile>& files);

/// A name that can be a file's: "google/gemma" becomes "google_gemma". One of more than 120 bytes
/// is cut, and ends in a sum of the whole.
[[nodiscard]] std::string file_name(std::string name);

// One source each.
[[nodiscard]] std::vector<OutputFile> render_aiperf(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_bencher(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_csv(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_github(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_guidellm(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_hgrm(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_inference_perf(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_junit(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_k6(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_llm_d(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_locust(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_markdown(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_suite(const RunRecord& record);
[[nodiscard]] std::vector<OutputFile> render_vllm(const RunRecord& record);

}  // namespace hopcost::loadgen
