#include "loadgen/output/results.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/console.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/html.hpp"
#include "loadgen/output/packed.hpp"
#include "loadgen/output/requests_file.hpp"

namespace hopcost::loadgen {
namespace {

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
    const auto page = html_page(record);
    // A build without it has measured all the same.
    if (!page) fmt::print(stderr, "loadgen: {}\n", page.error().to_string());
    if (page) {
      if (auto written = write_files(output, {{"report.html", *page}}); !written) return written;
    }
  }
  if (how.formats.empty()) return {};
  const auto wanted = formats_in(how.formats);
  if (!wanted) return std::unexpected(wanted.error());
  for (const auto& format : *wanted) {
    if (auto written = write_files(output, format.render(record)); !written) return written;
  }
  return {};
}

}  // namespace

int present(const RunRecord& record, const Presentation& how) {
  // Names may come from a command line that is no UTF-8: they must not cost the results.
  const std::string text =
      to_json(record).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  fmt::print("{}", how.json ? text : console_report(record));
  if (const auto written = write_results(record, how, text); !written) {
    fmt::print(stderr, "loadgen: {}\n", written.error().to_string());
    return written.error().exit_code();
  }
  return record.judgement.exit_code();
}

}  // namespace hopcost::loadgen
