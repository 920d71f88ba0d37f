#include "overhead/harness/harness.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/folders.hpp"
#include "common/yaml.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts_of(const YamlNode& node) {
  std::vector<std::string> all;
  for (const auto& item : node.items()) all.push_back(item.as_string());
  if (all.empty()) node.complain("is empty");
  return all;
}

HarnessPass decode_pass(const YamlNode& node) {
  auto fields = node.fields();
  HarnessPass pass;
  pass.command = texts_of(fields.require("command"));
  pass.result = fields.require("result").as_string();
  const auto named = fields.require("form");
  const auto form = outcome_form(named.as_string());
  if (!form) named.complain(form.error().message);
  pass.form = *form;
  if (const auto files = fields.take("files")) {
    for (const auto& [name, text] : files->entries()) pass.files[name] = text.as_string();
  }
  if (const auto only = fields.take("streams_only")) pass.streams_only = only->as_bool();
  fields.finish();
  return pass;
}

Harness decode(const YamlNode& root, const fs::path& file) {
  auto fields = root.fields();
  Harness harness;
  harness.file = file;
  harness.name = fields.require("name").as_string();
  harness.summary = fields.require("summary").as_string();
  if (const auto install = fields.take("install")) {
    harness.install =
        read_installation(*install, fmt::format("harness-{}", harness.name), file.parent_path());
  }
  if (const auto programs = fields.take("requires")) {
    harness.requires_programs = texts_of(*programs);
  }
  if (const auto version = fields.take("version")) harness.version_command = texts_of(*version);
  if (const auto why = fields.take("not_installable")) {
    harness.not_installable = why->as_string();
  }
  if (const auto command = fields.take("command")) harness.command = texts_of(*command);
  if (const auto pass = fields.take("pass")) harness.pass = decode_pass(*pass);
  if (const auto variables = fields.take("environment")) {
    for (const auto& [name, value] : variables->entries()) {
      harness.environment.emplace_back(name, value.as_string());
    }
  }
  fields.finish();
  if (harness.command.empty() && !harness.pass && harness.not_installable.empty()) {
    root.complain("has neither a command nor a pass");
  }
  return harness;
}

}  // namespace

StackManifest Harness::as_stack() const {
  StackManifest manifest;
  manifest.name = fmt::format("harness-{}", name);
  manifest.summary = summary;
  manifest.file = file;
  manifest.requires_programs = requires_programs;
  manifest.version_command = version_command;
  manifest.install = install;
  return manifest;
}

Placeholders places_of(const Harness& harness, const fs::path& folder) {
  std::error_code unknown;  // of one that was read from no file
  return {{"bin", program_folder().string()},
          {"home", home_of(harness.as_stack()).string()},
          {"here", fs::absolute(harness.file, unknown).parent_path().string()},
          {"folder", folder.string()}};
}

Result<Harness> load_harness(const fs::path& file) {
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root, file); });
}

Result<std::vector<Harness>> load_all_harnesses() {
  const auto files = yaml_files_of("harnesses");
  if (!files) return std::unexpected(files.error());
  std::vector<Harness> all;
  for (const auto& file : *files) {
    auto harness = load_harness(file);
    if (!harness) return std::unexpected(harness.error());
    all.push_back(std::move(*harness));
  }
  return all;
}

Result<Harness> find_harness(const std::string& name) {
  if (name.ends_with(".yaml")) return load_harness(name);
  auto all = load_all_harnesses();
  if (!all) return std::unexpected(all.error());
  const auto found = std::ranges::find(*all, name, &Harness::name);
  if (found != all->end()) return std::move(*found);
  std::vector<std::string> names;
  for (const auto& harness : *all) names.push_back(harness.name);
  return fail(ErrorCode::usage,
              fmt::format("no harness '{}'; there are: {}", name, fmt::join(names, ", ")));
}

std::optional<std::string> what_is_missing(const Harness& harness) {
  if (!harness.not_installable.empty()) {
    return fmt::format("{} cannot be installed: {}", harness.name, harness.not_installable);
  }
  const auto manifest = harness.as_stack();
  auto missing = what_is_missing(manifest);
  if (!missing) return std::nullopt;
  return fmt::format("{}; to install it: overhead harnesses --install {}", *missing, harness.name);
}

}  // namespace hopcost::overhead
