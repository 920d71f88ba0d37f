#include "overhead/reference_proxy/options.hpp"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/endpoint.hpp"

namespace hopcost::reference_proxy {
namespace {

/// What the command line says before it is checked.
struct Raw {
  std::string listen;
  std::vector<std::string> backends;
  std::string cpus;
  std::string config_file;
};

Result<HostPort> parse_backend(const std::string& url) {
  auto base = parse_api_base(url);
  if (!base) return std::unexpected(base.error());
  if (base->path != "/v1") {
    return fail(
        ErrorCode::usage,
        fmt::format("'{}': paths are forwarded as they come; give http://HOST:PORT alone", url));
  }
  return base->address;
}

Result<void> finish(const Raw& raw, Program& program) {
  auto listen = parse_host_port(raw.listen);
  if (!listen) return std::unexpected(listen.error());
  program.proxy.listen = *listen;
  if (raw.backends.empty()) return fail(ErrorCode::usage, "--backend: name at least one URL");
  for (const auto& url : raw.backends) {
    auto backend = parse_backend(url);
    if (!backend) return std::unexpected(backend.error());
    program.proxy.backends.push_back(*backend);
  }
  if (!raw.cpus.empty()) {
    auto cpus = parse_cpu_list(raw.cpus);
    if (!cpus) return std::unexpected(cpus.error());
    program.cpus = *cpus;
  }
  return check(program.proxy.defaults);
}

}  // namespace

std::optional<int> read_options(int argc, const char* const* argv, Program& program) {
  Raw raw;
  Options& proxy = program.proxy;
  Injection& costs = proxy.defaults;
  raw.listen = proxy.listen.to_string();
  CLI::App app("A small HTTP/1.1 reverse proxy that adds known costs and clocks them.",
               "reference_proxy");
  app.add_option("--listen", raw.listen, "Where to accept; port 0: any free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_option("--backend", raw.backends, "Where requests go; several: in turn")
      ->type_name("URL");
  app.add_option("--workers", proxy.workers, "Threads that serve")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--cpus", raw.cpus, "Run on these CPUs only, for example 2-3")->type_name("LIST");
  add_duration(app, "--add-delay", costs.add_delay,
               "Wait before forwarding a request (header x-hopcost-add-delay)");
  add_duration(app, "--add-chunk-delay", costs.add_chunk_delay,
               "Latency of each piece of a streamed body (header x-hopcost-add-chunk-delay)");
  add_duration(app, "--burn-cpu", costs.burn_cpu,
               "CPU time used up before forwarding a request (header x-hopcost-burn-cpu)");
  app.add_flag("--burn-in-turn", proxy.burn_in_turn,
               "Hold a lock while burning: workers burn one at a time");
  app.add_flag("--report-time", proxy.report_time,
               "Say in each reply how long it took, from the request to its head: "
               "x-reference-time-us");
  app.add_flag("--split-replies", proxy.split_replies,
               "Head and body in two writes without TCP_NODELAY: the body waits for an ACK");
  app.add_flag("--deal-to-one", proxy.deal_to_one, "The first worker gets every connection");
  app.add_flag("--buffer", costs.buffer,
               "Hold a streamed body back until its end (header x-hopcost-buffer)");
  add_common_options(app, "reference_proxy", raw.config_file);
  return parse_command_line(app, argc, argv, raw.config_file, [&] { return finish(raw, program); });
}

}  // namespace hopcost::reference_proxy
