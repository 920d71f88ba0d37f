#include "overhead/site/standup.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "common/http_client.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoopback = "127.0.0.1";
constexpr Nanos kWorkersTimeout = 5 * kSecond;

std::string describe(const StackManifest& manifest) {
  switch (manifest.workers_seen_as) {
    case WorkersSeenAs::processes:
      return fmt::format("processes titled '{}'", manifest.workers_pattern);
    case WorkersSeenAs::threads:
      return fmt::format("threads named '{}...'", manifest.workers_pattern);
    case WorkersSeenAs::listeners:
      return "child processes that hold the listening socket";
    case WorkersSeenAs::not_verifiable:
      break;
  }
  return "not verifiable";
}

std::string url_of(const ApiBase& api) {
  return "http://" + api.address.to_string();
}

}  // namespace

bool WorkersSeen::mismatch() const {
  return verifiable && std::ranges::any_of(seen, [&](int count) { return count != asked; });
}

int count_workers(pid_t root, const StackManifest& manifest, int port) {
  const auto tree = descendants_of(root);
  int count = 0;
  switch (manifest.workers_seen_as) {
    case WorkersSeenAs::processes:
      for (const auto& process : tree) {
        if (process.command.find(manifest.workers_pattern) != std::string::npos) ++count;
      }
      return count;
    case WorkersSeenAs::threads:
      for (const auto& process : tree) {
        for (const auto& name : thread_names(process.pid)) {
          if (name.starts_with(manifest.workers_pattern)) ++count;
        }
      }
      return count;
    case WorkersSeenAs::listeners: {
      std::vector<pid_t> pids;
      for (const auto& process : tree) pids.push_back(process.pid);
      const auto holders = holders_of_listening_port(pids, port);
      for (const auto& process : tree) {
        if (process.parent != root && std::ranges::find(holders, process.pid) != holders.end()) {
          ++count;
        }
      }
      return count == 0 && !holders.empty() ? 1 : count;
    }
    case WorkersSeenAs::not_verifiable:
      break;
  }
  return -1;
}

Result<fs::path> make_scratch_folder() {
  std::string path = (fs::temp_directory_path() / "hopcost-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return fail(ErrorCode::io, "a temporary folder cannot be made", path);
  }
  // A server that drops its privileges must still reach its own files.
  std::error_code ignored;
  fs::permissions(path, fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add,
                  ignored);
  return fs::path(path);
}

Result<std::unique_ptr<Standup>> Standup::start(const StandupSpec& spec) {
  if (const auto program = missing_program(spec.manifest)) {
    return fail(ErrorCode::unreachable,
                fmt::format("'{}' is not installed; to install it: {}", *program,
                            spec.manifest.install.empty() ? "see the stack's own documentation"
                                                          : spec.manifest.install),
                "stack " + spec.manifest.name);
  }
  std::unique_ptr<Standup> standup(new Standup);
  standup->name_ = spec.manifest.name;
  standup->headers_ = spec.manifest.headers;
  standup->backend_ = spec.backend;
  if (spec.backend == nullptr) {
    if (spec.backends > std::max(1, spec.replicas) && !spec.manifest.spreads()) {
      return fail(ErrorCode::usage,
                  fmt::format("each instance of it has one backend (its manifest names neither "
                              "{{backend_urls}} nor each_backend): {} of {} backends would be idle",
                              spec.backends - spec.replicas, spec.backends),
                  "stack " + spec.manifest.name);
    }
    const int threads = std::max(1, static_cast<int>(spec.placement.backend.size()));
    auto backend = Backend::start({spec.backend_port, spec.backends, spec.placement.backend,
                                   threads, spec.logs / "backend.log", spec.backend_config});
    if (!backend) return std::unexpected(backend.error());
    standup->own_ = std::make_unique<Backend>(std::move(*backend));
    standup->backend_ = standup->own_.get();
  }
  for (int i = 0; i < spec.replicas; ++i) {
    if (const auto started = standup->start_replica(spec, i); !started) {
      return std::unexpected(started.error());
    }
  }
  standup->look_for_workers(spec);
  return standup;
}

Result<void> Standup::start_replica(const StandupSpec& spec, int index) {
  const auto& manifest = spec.manifest;
  const auto scratch = make_scratch_folder();
  if (!scratch) return std::unexpected(scratch.error());
  scratch_.push_back(*scratch);

  ApiBase api;
  api.address.host = kLoopback;
  api.path = manifest.api_path;
  if (spec.stack_port == 0) {
    const auto port = find_free_port(kLoopback);
    if (!port) return std::unexpected(port.error());
    api.address.port = *port;
  } else {
    api.address.port = static_cast<std::uint16_t>(spec.stack_port + index);
    if (port_is_taken(api.address)) {
      return fail(ErrorCode::unreachable,
                  fmt::format("port {} is already in use", api.address.port),
                  "stack " + manifest.name);
    }
  }

  const auto& backends = backend_->apis();
  const auto& behind = backends[static_cast<std::size_t>(index) % backends.size()].address;
  Placeholders values{{"port", std::to_string(api.address.port)},
                      {"workers", std::to_string(spec.workers)},
                      {"backend_url", "http://" + behind.to_string()},
                      {"backend_host", behind.host},
                      {"backend_port", std::to_string(behind.port)},
                      {"model", "mock-model"},
                      {"dir", scratch->string()},
                      {"bin", program_folder().string()}};
  std::optional<Error> error;
  const auto fill = [&](const std::string& text) {
    auto filled = expand(text, values);
    if (!filled && !error) {
      error = filled.error();
      error->where = manifest.file.string();
    }
    return filled.value_or("");
  };
  std::string lines;
  for (const auto& backend : backends) {
    const auto& [host, port] = backend.address;
    const auto line = expand(manifest.each_backend, {{"backend_host", host},
                                                     {"backend_port", std::to_string(port)},
                                                     {"backend_url", url_of(backend)}});
    if (!line) return std::unexpected(line.error());
    lines += (lines.empty() ? "" : "\n") + *line;
  }
  values["each_backend"] = lines;
  Command command;
  for (const auto& argument : manifest.command) {
    if (argument != kBackendUrls) {
      command.arguments.push_back(fill(argument));
      continue;
    }
    for (const auto& backend : backends) command.arguments.push_back(url_of(backend));
  }
  for (const auto& [key, value] : manifest.environment) {
    command.environment.emplace_back(key, fill(value));
  }
  for (const auto& [name, text] : manifest.files) {
    std::ofstream file(*scratch / name, std::ios::binary);
    file << fill(text);
    if (!file.flush()) return fail(ErrorCode::io, "cannot be written", (*scratch / name).string());
  }
  ReadyCheck check;
  check.api = api;
  check.path = fill(manifest.ready_path);
  check.model = model_ = fill(manifest.model);
  for (const auto& [key, value] : manifest.headers) check.headers.emplace_back(key, fill(value));
  check.timeout = manifest.ready_timeout;
  check.what =
      fmt::format("stack {} (workers {}, replica {})", manifest.name, spec.workers, index + 1);
  if (error) return std::unexpected(*error);

  command.cpus = spec.placement.stack;
  command.stop_signal = manifest.stop_signal;
  command.grace = manifest.stop_grace;
  command.log = spec.logs / fmt::format("{}-w{}-{}.log", manifest.name, spec.workers, index + 1);
  auto process = SupervisedProcess::start(command);
  if (!process) return std::unexpected(process.error());
  replicas_.push_back(std::move(*process));
  targets_.push_back(api);
  return wait_until_ready(replicas_.back(), check);
}

/// Ready may mean that one worker of several is up: gives the others time to appear.
void Standup::look_for_workers(const StandupSpec& spec) {
  workers_.asked = spec.workers;
  workers_.verifiable = spec.manifest.workers_seen_as != WorkersSeenAs::not_verifiable;
  workers_.how = describe(spec.manifest);
  if (!workers_.verifiable) return;
  const Nanos deadline = now_ns() + std::min(kWorkersTimeout, spec.manifest.ready_timeout);
  while (true) {
    workers_.seen.clear();
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      workers_.seen.push_back(
          count_workers(replicas_[i].supervisor(), spec.manifest, targets_[i].address.port));
    }
    if (!workers_.mismatch() || now_ns() > deadline) return;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20));  // another program: no event to await
  }
}

Standup::~Standup() {
  replicas_.clear();
  own_.reset();
  std::error_code ignored;
  for (const auto& folder : scratch_) fs::remove_all(folder, ignored);
}

std::vector<pid_t> Standup::stack_roots() const {
  std::vector<pid_t> roots;
  for (const auto& replica : replicas_) roots.push_back(replica.supervisor());
  return roots;
}

std::optional<TreeCpu> Standup::stack_cpu(const Arm& /*arm*/) const {
  return sample_tree_cpu(stack_roots());
}

std::optional<std::vector<pid_t>> Standup::taking_part() const {
  auto roots = stack_roots();
  for (const pid_t pid : backend_->supervisors()) roots.push_back(pid);
  return roots;
}

Result<void> Standup::check_alive() {
  for (auto& replica : replicas_) {
    if (const auto code = replica.ended()) {
      return fail(ErrorCode::unreachable,
                  fmt::format("ended with exit code {} while it was measured; its last lines:\n{}",
                              *code, replica.log_tail()),
                  "stack " + name_);
    }
  }
  return {};
}

}  // namespace hopcost::overhead
