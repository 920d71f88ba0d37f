#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/command/commands.hpp"
#include "overhead/command/start_command.hpp"
#include "overhead/install/installer.hpp"
#include "overhead/output/record.hpp"
#include "overhead/probe/probe.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {
namespace {

const char* how_seen(const StackManifest& manifest) {
  return manifest.workers_seen_as == WorkersSeenAs::not_verifiable
             ? ", set but not verifiable from outside"
             : ", verified from the process tree";
}

int list(const std::vector<StackManifest>& manifests) {
  for (const auto& manifest : manifests) {
    fmt::print("{}\n  {}\n", manifest.name, manifest.summary);
    if (const auto missing = what_is_missing(manifest)) {
      fmt::print("  not installed: {}; to install it: {}\n", *missing, how_to_install(manifest));
    } else {
      fmt::print("  installed: {}\n", stack_version(manifest));
    }
    const auto& worker = manifest.worker();
    if (worker.workers_knob.empty()) {
      fmt::print("  workers: no knob\n");
    } else {
      fmt::print("  workers: {}{}\n", worker.workers_knob, how_seen(worker));
    }
    fmt::print("  manifest: {}\n", manifest.file.string());
  }
  return 0;
}

/// Those named; "all" is every one that passes `belongs`.
template <class Belongs>
Result<std::vector<StackManifest>> chosen(const std::vector<std::string>& names, Belongs belongs) {
  std::vector<StackManifest> list;
  for (const auto& name : names) {
    if (name == "all") {
      auto all = load_all_manifests();
      if (!all) return all;
      for (auto& manifest : *all) {
        if (belongs(manifest)) list.push_back(std::move(manifest));
      }
      continue;
    }
    auto manifest = find_manifest(name);
    if (!manifest) return std::unexpected(manifest.error());
    list.push_back(std::move(*manifest));
  }
  return list;
}

/// Goes on after one that fails: the others may be what is needed.
int install_all(const std::vector<StackManifest>& manifests) {
  constexpr double kMegabyte = 1e6;
  int code = 0;
  for (const auto& manifest : manifests) {
    const auto report = install(manifest);
    if (!report) {
      code = report_error(report.error());
      continue;
    }
    const auto size =
        report->bytes == 0
            ? std::string()
            : fmt::format(", {:.0f} MB in {}", static_cast<double>(report->bytes) / kMegabyte,
                          stacks_folder().string());
    const auto took = report->was_there ? std::string("was there")
                                        : fmt::format("installed in {:.0f} s", report->seconds);
    fmt::print("{}: {} {}{}\n", manifest.name, stack_version(manifest), took, size);
    std::fflush(stdout);  // the next one may take a minute
  }
  return code;
}

/// One that does not come up is told, and the others are checked all the same.
int check_all(const std::vector<StackManifest>& manifests, const Program& program,
              const std::stop_token& stop) {
  const auto logs = make_scratch_folder();
  if (!logs) return report_error(logs.error());
  int code = 0;
  auto checks = nlohmann::json::array();
  for (const auto& manifest : manifests) {
    if (stop.stop_requested()) break;
    if (!program.quiet) fmt::print(stderr, "checking {}\n", manifest.name);
    const auto check = check_stack(manifest, program.stacks.workers, *logs, stop);
    if (!check) {
      code = report_error(check.error());
      continue;
    }
    fmt::print("{}\n", check_text(*check));
    std::fflush(stdout);  // the next one may take a minute
    checks.push_back(check_json(*check));
  }
  std::error_code ignored;
  std::filesystem::remove_all(*logs, ignored);
  if (program.output.empty()) return code;
  const nlohmann::json record{{"schema", "hopcost.stack-check/1"}, {"stacks", checks}};
  // What a stack writes into its headers may be any bytes.
  const auto text = record.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto written = write_file(program.output, text + "\n");
  return written ? code : report_error(written.error());
}

}  // namespace

int stacks_command(const Program& program, const std::stop_token& stop) {
  const auto& options = program.stacks;
  if (!options.start.empty()) return start_command(program, stop);
  if (!options.install.empty()) {
    const auto manifests = chosen(options.install, [](const StackManifest& manifest) {
      return manifest.install.by != Installation::By::hand;
    });
    if (!manifests) return report_error(manifests.error());
    return install_all(*manifests);
  }
  if (!options.check.empty()) {
    const auto manifests = chosen(options.check, [](const StackManifest& manifest) {
      return !what_is_missing(manifest).has_value();
    });
    if (!manifests) return report_error(manifests.error());
    return check_all(*manifests, program, stop);
  }
  const auto manifests = load_all_manifests();
  if (!manifests) return report_error(manifests.error());
  return list(*manifests);
}

}  // namespace hopcost::overhead
