#include "loadgen/command/output_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "loadgen/output/format.hpp"

namespace hopcost::loadgen {

void add_output_options(CLI::App& group, RawOutput& raw, Program& program) {
  Options& run = program.run;
  group
      .add_option("-o,--output", program.output,
                  "Folder for run.json; or FILE.json for the suite's report alone")
      ->type_name("DIR");
  group
      .add_option("--format", program.formats,
                  "Also write there, a list: aiperf, bencher, csv, github, guidellm, hgrm, "
                  "inference-perf, json, junit, k6, llm-d, locust, markdown, suite, vllm")
      ->type_name("LIST");
  group.add_flag(
      "--html", program.html,
      "Also write there report.html (beside FILE.json FILE.html), a page that shows the run");
  group.add_option("--record", run.record,
                   "Keep so many requests, drawn evenly, one by one: requests.jsonl.zst");
  group
      .add_option("--tag", raw.tags,
                  "Recorded with the run: commit=1a2b3c4, replicas=2 (repeatable)")
      ->type_name("NAME=VALUE")
      ->default_str("");
  group.add_flag("--json", program.json, "Print run.json instead of the table");
  group
      .add_option("--serve", raw.serve,
                  "A live page of the run, read-only: 127.0.0.1:8090 (port 0: a free one)")
      ->type_name("HOST:PORT")
      ->default_str("");
  group.add_flag("-q,--quiet", program.quiet, "No progress on standard error");
}

Result<void> read_output(const RawOutput& raw, Program& program) {
  Options& run = program.run;
  for (const auto& tag : raw.tags) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::usage, fmt::format("--tag: '{}' is not NAME=VALUE", tag));
    }
    run.tags.emplace_back(tag.substr(0, equals), tag.substr(equals + 1));
  }
  if (program.output.ends_with(".json")) std::swap(program.output, program.report);
  if (!program.formats.empty()) {
    if (program.output.empty()) return fail(ErrorCode::usage, "--format needs --output, a folder");
    const auto known = formats_in(program.formats);
    if (!known) return fail(ErrorCode::usage, "--format: " + known.error().message);
  }
  if (program.html && program.output.empty() && program.report.empty()) {
    return fail(ErrorCode::usage, "--html needs --output");
  }
  if (!raw.serve.empty()) {
    const auto address = parse_host_port(raw.serve);
    if (!address) return fail(ErrorCode::usage, "--serve: " + address.error().to_string());
    program.serve = *address;
    if (program.processes > 1) return fail(ErrorCode::usage, "--serve: not with --processes");
  }
  return {};
}

}  // namespace hopcost::loadgen
