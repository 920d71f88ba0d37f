#include "loadgen/output/results.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/console.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/html.hpp"
#include "loadgen/output/packed.hpp"
#include "loadgen/output/requests_file.hpp"
#include "loadgen/output/suite.hpp"

namespace hopcost::loadgen {
namespace {

/// A page for people. A build without it has measured all the same.
Result<void> write_page(const RunRecord& record, const std::string& folder,
                        const std::string& name) {
  const auto page = html_page(record);
  if (page) return write_files(folder, {{name, *page}});
  fmt::print(stderr, "loadgen: {}\n", page.error().to_string());
  return {};
}

/// run.json first: everything else can be made again from it.
Result<void> write_results(const RunRecord& record, const Presentation& how,
                           const std::string& json) {
  const auto& output = how.output;
  if (output.empty()) return {};
  if (auto written = write_files(output, {{"run.json", json}}); !written) {
    // What was measured is not lost with the folder.
    if (!how.json) fmt::print("{}", json);
    return written;
  }
  if (record.options.record > 0) {
    const auto text = zstd_compressed(requests_jsonl(record));
    if (auto written = write_files(output, {{"requests.jsonl.zst", text}}); !written) {
      return written;
    }
  }
  if (how.html) {
    if (auto written = write_page(record, output, "report.html"); !written) return written;
  }
  if (how.formats.empty()) return {};
  const auto wanted = formats_in(how.formats);
  if (!wanted) return std::unexpected(wanted.error());
  for (const auto& format : *wanted) {
    if (auto written = write_files(output, format.render(record)); !written) return written;
  }
  return {};
}

const std::string& model_of(const RunRecord& record) {
  return record.options.models.front().name;
}

/// One report, or a list of them; pages beside it.
Result<void> write_report(const std::vector<RunRecord>& records, const Presentation& how) {
  if (how.report.empty()) return {};
  const bool one = records.size() == 1;
  auto json = one ? suite_report(records.front()) : nlohmann::ordered_json::array();
  if (!one) {
    for (const auto& record : records) json.push_back(suite_report(record));
  }
  const std::filesystem::path file(how.report);
  const auto folder = file.has_parent_path() ? file.parent_path().string() : std::string(".");
  const auto text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (auto written = write_files(folder, {{file.filename().string(), text}}); !written) {
    fmt::print("{}", text);  // what was measured is not lost with the file
    return written;
  }
  if (!how.html) return {};
  for (const auto& record : records) {
    const auto name = one ? file.stem().string()
                          : fmt::format("{}-{}", file.stem().string(), file_name(model_of(record)));
    if (auto written = write_page(record, folder, name + ".html"); !written) return written;
  }
  return {};
}

int complain(const Error& error) {
  fmt::print(stderr, "loadgen: {}\n", error.to_string());
  return error.exit_code();
}

}  // namespace

int present(const std::vector<RunRecord>& records, const Presentation& how) {
  int code = 0;
  for (const auto& record : records) {
    // Names may come from a command line that is no UTF-8: they must not cost the results.
    const std::string text =
        to_json(record).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    fmt::print("{}", how.json ? text : console_report(record));
    auto where = how;
    if (records.size() > 1 && !how.output.empty()) {
      where.output = (std::filesystem::path(how.output) / file_name(model_of(record))).string();
    }
    if (const auto written = write_results(record, where, text); !written) {
      return complain(written.error());
    }
    code = std::max(code, record.judgement.exit_code());
  }
  if (const auto written = write_report(records, how); !written) return complain(written.error());
  return code;
}

}  // namespace hopcost::loadgen
