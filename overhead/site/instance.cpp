#include "overhead/site/instance.hpp"

#include <optional>
#include <random>

#include <fmt/format.h>

#include "common/folders.hpp"
#include "common/write_file.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoopback = "127.0.0.1";

/// Where its manifest lies; a build that is nothing but a command has none.
std::string folder_of(const StackManifest& manifest) {
  return manifest.file.empty() ? "" : fs::absolute(manifest.file).parent_path().string();
}

std::string url_of(const ApiBase& api) {
  return "http://" + api.address.to_string();
}

Placeholders of_backend(const ApiBase& backend) {
  return {{"backend_host", backend.address.host},
          {"backend_port", std::to_string(backend.address.port)},
          {"backend_url", url_of(backend)}};
}

/// Expands texts and remembers the first Error.
class Filler {
 public:
  explicit Filler(std::string where) : where_(std::move(where)) {}

  std::string operator()(const std::string& text, const Placeholders& values) {
    auto filled = expand(text, values);
    if (!filled && !error_) {
      error_ = filled.error();
      error_->where = where_;
    }
    return filled.value_or("");
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::string where_;
  std::optional<Error> error_;
};

}  // namespace

std::string draw_key() {
  std::random_device device;
  std::string key;
  constexpr int kWords = 4;
  for (int i = 0; i < kWords; ++i) key += fmt::format("{:08x}", device());
  return key;
}

Result<Instance> fill_in(const StackManifest& manifest, const InstanceSpec& spec) {
  Filler fill(manifest.file.string());
  const auto& behind = spec.backends[static_cast<std::size_t>(spec.index) % spec.backends.size()];
  Placeholders values = of_backend(behind);
  values.insert({{"port", std::to_string(spec.port)},
                 {"admin_port", std::to_string(spec.admin_port)},
                 {"workers", std::to_string(spec.workers)},
                 {"model", "mock-model"},
                 {"key", spec.key},
                 {"dir", spec.dir.string()},
                 {"home", home_of(manifest).string()},
                 {"configs", folder_of(manifest)},
                 {"bin", program_folder().string()}});
  std::string lines;
  for (const auto& backend : spec.backends) {
    auto of_line = of_backend(backend);
    of_line.insert(values.begin(), values.end());  // what is there already stays
    if (!lines.empty()) lines += '\n';
    lines += fill(manifest.each_backend, of_line);
  }
  values["each_backend"] = lines;

  Instance instance;
  auto& command = instance.command;
  for (const auto& argument : manifest.command) {
    if (argument != kBackendUrls) {
      command.arguments.push_back(fill(argument, values));
      continue;
    }
    for (const auto& backend : spec.backends) command.arguments.push_back(url_of(backend));
  }
  for (const auto& [key, value] : manifest.environment) {
    command.environment.emplace_back(key, fill(value, values));
  }
  instance.prepare.environment = command.environment;
  for (const auto& argument : manifest.prepare) {
    instance.prepare.arguments.push_back(fill(argument, values));
  }
  command.stop_signal = manifest.stop_signal;
  command.grace = manifest.stop_grace;

  auto& check = instance.check;
  check.api.address = {kLoopback, spec.port};
  check.api.path = manifest.api_path;
  check.path = fill(manifest.ready_path, values);
  const auto port = fill(manifest.ready_port, values);
  check.model = fill(manifest.model, values);
  for (const auto& [key, value] : manifest.headers) {
    check.headers.emplace_back(key, fill(value, values));
  }
  check.timeout = manifest.ready_timeout;
  check.what =
      fmt::format("stack {} (workers {}, replica {})", manifest.name, spec.workers, spec.index + 1);

  std::map<std::string, std::string> files;
  for (const auto& [name, text] : manifest.files) files[name] = fill(text, values);
  if (fill.error()) return std::unexpected(*fill.error());
  const auto ready_port = parse_host_port(fmt::format("{}:{}", kLoopback, port));
  if (!ready_port) {
    return fail(ErrorCode::usage, "ready.port: " + ready_port.error().message,
                manifest.file.string());
  }
  check.port = ready_port->port;
  for (const auto& [name, text] : files) {
    if (const auto written = write_file(spec.dir / name, text); !written) {
      return std::unexpected(written.error());
    }
  }
  return instance;
}

}  // namespace hopcost::overhead
