#include "loadgen/profile/profile_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "loadgen/profile/profile.hpp"

namespace hopcost::loadgen {
void add_profile_options(CLI::App& group, RawProfile& raw) {
  group
      .add_option("--workload", raw.workload,
                  "A load profile as inference-perf has them: a file, or a name of "
                  "configs/workloads, such as sanity_random; options here go before what it says")
      ->type_name("NAME")
      ->default_str("");
  group
      .add_option("--override", raw.changes,
                  "A value of the profile: data.shared_prefix.output_len=64 (repeatable)")
      ->type_name("KEY=VALUE")
      ->default_str("");
}

Result<void> take_config(CLI::App& app, const std::string& file, RawProfile& raw) {
  if (file.empty()) return {};
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  const auto profile = catch_errors([&] { return is_profile(*root); });
  if (!profile) return std::unexpected(profile.error());
  if (!*profile) return apply_config_file(app, file);
  if (!raw.workload.empty()) {
    return fail(ErrorCode::usage, "--config is a load profile, and so is --workload: say one");
  }
  raw.workload = file;
  return {};
}

Result<void> apply_profile(CLI::App& app, const RawProfile& raw) {
  if (raw.workload.empty()) {
    if (raw.changes.empty()) return {};
    return fail(ErrorCode::usage, "--override is about the values of a --workload");
  }
  auto root = load_profile(raw.workload);
  if (!root) return std::unexpected(root.error());
  if (auto changed = change_values(*root, raw.changes); !changed) return changed;
  const auto profile = catch_errors([&] { return decode_profile(*root); });
  if (!profile) return std::unexpected(profile.error());
  if (!any_given(app, {"--concurrency", "--sweep", "--search", "--rate", "--stages", "--replay"})) {
    if (auto applied = apply_settings(app, profile->load); !applied) return applied;
  }
  if (!any_given(app, {"--class", "--dataset", "--shared-prefix", "--replay"})) {
    if (auto applied = apply_settings(app, profile->requests); !applied) return applied;
  }
  return apply_settings(app, profile->rest);
}

}  // namespace hopcost::loadgen
