#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/harness/harness.hpp"
#include "overhead/install/installer.hpp"

namespace hopcost::overhead {
namespace {

constexpr int kUnreachable = 69;

Result<std::vector<Harness>> chosen(const std::vector<std::string>& names) {
  if (names.empty() || std::ranges::find(names, "all") != names.end()) return load_all_harnesses();
  std::vector<Harness> all;
  for (const auto& name : names) {
    auto harness = find_harness(name);
    if (!harness) return std::unexpected(harness.error());
    all.push_back(std::move(*harness));
  }
  return all;
}

void list(const std::vector<Harness>& all) {
  for (const auto& harness : all) {
    fmt::print("{}\n  {}\n", harness.name, harness.summary);
    if (const auto missing = what_is_missing(harness)) {
      fmt::print("  not there: {}\n", *missing);
    } else if (harness.install.in_a_folder()) {
      fmt::print("  installed: {}\n", stack_version(harness.as_stack()));
    } else {
      fmt::print("  is there\n");
    }
    if (harness.command.empty() && !harness.pass) continue;
    fmt::print("  takes: {}{}{}{}\n", harness.command.empty() ? "" : "load profiles",
               harness.command.empty() || !harness.pass ? "" : ", ",
               harness.pass ? "the rounds of overhead run" : "",
               harness.pass && harness.pass->streams_only ? " (streams only)" : "");
  }
}

/// Whether it is there afterwards.
bool put_there(const Harness& harness) {
  if (!harness.not_installable.empty()) {
    fmt::print("{}: skipped: {}\n", harness.name, harness.not_installable);
    return true;
  }
  if (harness.install.by == Installation::By::hand) return true;
  const auto done = install(harness.as_stack());
  if (!done) {
    report_error(done.error());
    return false;
  }
  fmt::print("{}: {} {}\n", harness.name, stack_version(harness.as_stack()),
             done->was_there ? "was there" : fmt::format("installed in {:.0f} s", done->seconds));
  return true;
}

}  // namespace

int harnesses_command(const Program& program) {
  const auto all = chosen(program.install_harnesses);
  if (!all) return report_error(all.error());
  if (program.harness_names) {
    for (const auto& harness : *all) {
      if (harness.pass && !what_is_missing(harness)) fmt::print("{}\n", harness.name);
    }
    return 0;
  }
  if (program.install_harnesses.empty()) {
    list(*all);
    return 0;
  }
  int code = 0;
  for (const auto& harness : *all) {
    if (!put_there(harness)) code = kUnreachable;
  }
  return code;
}

}  // namespace hopcost::overhead
