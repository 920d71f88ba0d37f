#include "overhead/site/manifest.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/folders.hpp"
#include "common/yaml.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> strings(const YamlNode& node) {
  std::vector<std::string> list;
  for (const auto& item : node.items()) list.push_back(item.as_string());
  return list;
}

std::vector<std::pair<std::string, std::string>> pairs(const YamlNode& node) {
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto& [key, value] : node.entries()) list.emplace_back(key, value.as_string());
  return list;
}

int signal_number(const YamlNode& node) {
  const std::string name = node.as_string();
  if (name == "TERM") return SIGTERM;
  if (name == "INT") return SIGINT;
  if (name == "QUIT") return SIGQUIT;
  node.complain(fmt::format("must be TERM, INT or QUIT, not '{}'", name));
}

void read_workers(YamlFields fields, StackManifest& manifest) {
  if (const auto knob = fields.take("knob")) manifest.workers_knob = knob->as_string();
  const auto seen = fields.require("seen_as");
  const std::string kind = seen.as_string();
  static const std::map<std::string, WorkersSeenAs> kKinds{
      {"not_verifiable", WorkersSeenAs::not_verifiable},
      {"processes", WorkersSeenAs::processes},
      {"threads", WorkersSeenAs::threads},
      {"listeners", WorkersSeenAs::listeners}};
  const auto found = kKinds.find(kind);
  if (found == kKinds.end()) {
    seen.complain(
        fmt::format("must be processes, threads, listeners or not_verifiable, not '{}'", kind));
  }
  manifest.workers_seen_as = found->second;
  const bool needs_pattern =
      found->second == WorkersSeenAs::processes || found->second == WorkersSeenAs::threads;
  if (needs_pattern) manifest.workers_pattern = fields.require("pattern").as_string();
  fields.finish();
}

void read_ready(YamlFields fields, StackManifest& manifest) {
  manifest.ready_path = fields.require("path").as_string();
  if (const auto port = fields.take("port")) manifest.ready_port = port->as_string();
  if (const auto timeout = fields.take("timeout")) manifest.ready_timeout = timeout->as_duration();
  fields.finish();
}

SelfReported read_self_reported(YamlFields fields) {
  SelfReported reported;
  const auto header = fields.require("header");
  const auto parsed = loadgen::parse_server_time_header(header.as_string());
  if (!parsed) header.complain(parsed.error().message);
  reported.header = *parsed;
  const auto means = fields.require("means");
  const auto name = means.as_string();
  using Means = SelfReported::Means;
  for (const auto one : {Means::overhead, Means::upstream, Means::total}) {
    if (name != means_name(one)) continue;
    reported.means = one;
    fields.finish();
    return reported;
  }
  means.complain(fmt::format("must be overhead, upstream or total, not '{}'", name));
}

void read_stop(YamlFields fields, StackManifest& manifest) {
  if (const auto number = fields.take("signal")) manifest.stop_signal = signal_number(*number);
  if (const auto grace = fields.take("grace")) manifest.stop_grace = grace->as_duration();
  fields.finish();
}

/// A link of a chain: beside the file, or one of the project's own.
StackManifest read_link(const YamlNode& node, const fs::path& file) {
  const auto beside = file.parent_path() / (node.as_string() + ".yaml");
  std::error_code ec;
  auto found = fs::exists(beside, ec) ? load_manifest(beside) : find_manifest(node.as_string());
  if (!found) node.complain(found.error().to_string());
  if (!found->behind.empty()) node.complain("is a chain itself");
  return std::move(*found);
}

/// The front's manifest, with what clients see of the one behind it.
StackManifest read_chain(YamlFields fields, const fs::path& file) {
  constexpr int kMostInstances = 64;
  const auto front = fields.require("front");
  auto manifest = read_link(front, file);
  if (!manifest.spreads()) front.complain("has one backend: it cannot balance");
  auto behind = read_link(fields.require("behind"), file);
  manifest.instances_behind =
      static_cast<int>(fields.require("instances").as_int(1, kMostInstances));
  fields.finish();
  manifest.api_path = behind.api_path;
  manifest.model = behind.model;
  manifest.headers = behind.headers;
  manifest.ready_timeout = std::max(manifest.ready_timeout, behind.ready_timeout);
  manifest.behind.push_back(std::move(behind));
  return manifest;
}

StackManifest decode(const YamlNode& root, const fs::path& file) {
  YamlFields fields = root.fields();
  const auto name = fields.require("name");
  if (name.as_string() != file.stem()) {
    name.complain(fmt::format("must be '{}', like the file", file.stem().string()));
  }
  const auto summary = fields.require("summary");
  StackManifest manifest;
  const auto chain = fields.take("chain");
  if (chain) manifest = read_chain(chain->fields(), file);
  manifest.file = file;
  manifest.name = name.as_string();
  manifest.summary = summary.as_string();
  if (chain) {
    fields.finish();
    return manifest;
  }
  if (const auto node = fields.take("requires")) manifest.requires_programs = strings(*node);
  if (const auto node = fields.take("install"))
    manifest.install = read_installation(*node, manifest.name, manifest.file.parent_path());
  if (const auto node = fields.take("version")) manifest.version_command = strings(*node);
  if (const auto node = fields.take("prepare")) manifest.prepare = strings(*node);
  const auto command = fields.require("command");
  manifest.command = strings(command);
  if (manifest.command.empty()) command.complain("must not be empty");
  if (const auto node = fields.take("environment")) manifest.environment = pairs(*node);
  if (const auto node = fields.take("files")) {
    for (auto& [path, text] : pairs(*node)) manifest.files[path] = text;
  }
  if (const auto node = fields.take("each_backend")) manifest.each_backend = node->as_string();
  if (const auto node = fields.take("stop")) read_stop(node->fields(), manifest);
  read_ready(fields.require("ready").fields(), manifest);
  if (const auto node = fields.take("workers")) read_workers(node->fields(), manifest);
  if (const auto node = fields.take("api_path")) manifest.api_path = node->as_string();
  if (const auto node = fields.take("model")) manifest.model = node->as_string();
  if (const auto node = fields.take("headers")) manifest.headers = pairs(*node);
  if (const auto node = fields.take("self_reported")) {
    manifest.self_reported = read_self_reported(node->fields());
  }
  fields.finish();
  return manifest;
}

bool is_placeholder_character(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

}  // namespace

bool StackManifest::spreads() const {
  return !each_backend.empty() || std::ranges::find(command, kBackendUrls) != command.end();
}

bool StackManifest::uses(std::string_view placeholder) const {
  const auto has = [&](const std::string& text) { return text.find(placeholder) != text.npos; };
  return std::ranges::any_of(command, has) ||
         std::ranges::any_of(environment, [&](const auto& entry) { return has(entry.second); }) ||
         std::ranges::any_of(files, [&](const auto& entry) { return has(entry.second); });
}

Result<StackManifest> load_manifest(const fs::path& file) {
  auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root, file); });
}

Result<std::vector<StackManifest>> load_all_manifests() {
  const auto files = yaml_files_of("stacks");
  if (!files) return std::unexpected(files.error());
  std::vector<StackManifest> manifests;
  for (const auto& file : *files) {
    auto manifest = load_manifest(file);
    if (!manifest) return std::unexpected(manifest.error());
    manifests.push_back(std::move(*manifest));
  }
  return manifests;
}

Result<StackManifest> find_manifest(const std::string& name) {
  if (name.ends_with(".yaml")) return load_manifest(name);
  auto all = load_all_manifests();
  if (!all) return std::unexpected(all.error());
  std::string known;
  for (auto& manifest : *all) {
    if (manifest.name == name) return std::move(manifest);
    if (!known.empty()) known += ", ";
    known += manifest.name;
  }
  return fail(ErrorCode::usage, fmt::format("there is no stack '{}'; known: {}", name, known));
}

Result<std::string> expand(const std::string& text, const Placeholders& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '{') {
      out += text[at++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() && is_placeholder_character(text[end])) ++end;
    if (end == at + 1 || end == text.size() || text[end] != '}') {
      out += text[at++];
      continue;
    }
    const std::string name = text.substr(at + 1, end - at - 1);
    const auto value = values.find(name);
    if (value == values.end()) {
      return fail(ErrorCode::usage, fmt::format("unknown placeholder {{{}}}", name));
    }
    out += value->second;
    at = end + 1;
  }
  return out;
}

Result<std::vector<std::string>> expand(const std::vector<std::string>& texts,
                                        const Placeholders& values) {
  std::vector<std::string> all;
  for (const auto& text : texts) {
    auto filled = expand(text, values);
    if (!filled) return std::unexpected(filled.error());
    all.push_back(std::move(*filled));
  }
  return all;
}

}  // namespace hopcost::overhead
