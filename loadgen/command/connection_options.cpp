#include "loadgen/command/connection_options.hpp"

#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"

namespace hopcost::loadgen {

void add_address_options(CLI::App& app, RawConnections& raw) {
  app.add_option("url,--url,--base-url", raw.urls,
                 "Base URLs: the root of a server, or one that ends in /v1")
      ->type_name("URL")
      ->default_str("");
}

void add_identity_options(CLI::App& group, RawConnections& raw) {
  group.add_option("-H,--header", raw.headers, "Extra header, 'name: value'")->default_str("");
  group.add_option("--api-key-env", raw.api_key_env, "Environment variable that holds the API key");
}

void add_connection_options(CLI::App& group, RawConnections& raw, Options& run) {
  group
      .add_option("--balance", raw.balance,
                  "Several targets: round-robin; least: fewest under way; connection: each "
                  "connection has one")
      ->check(CLI::IsMember({"round-robin", "least", "connection"}))
      ->type_name("NAME");
  group.add_flag("!--no-keep-alive", run.keep_alive, "A new connection for every request");
  add_duration(group, "--connect-timeout", run.timeouts.connect, "Longest time to connect");
  add_duration(group, "--ttft-timeout", run.timeouts.first_token,
               "Longest time to a stream's first token (0: no limit of its own)");
  add_duration(group, "--timeout", run.timeouts.total, "Longest time for one request");
  auto* ca_file = group
                      .add_option("--ca-file", run.ca_file,
                                  "https: certificates to trust, PEM; else the system's")
                      ->check(CLI::ExistingFile)
                      ->default_str("");
  group.add_flag("--insecure", run.insecure, "https: do not verify the server's certificate")
      ->excludes(ca_file);
  group
      .add_option("--retries", run.retries.count,
                  "Attempts beyond the first: no connection, no reply, 408, 409, 429, 5xx")
      ->check(CLI::Range(0, 100));
  add_duration(group, "--retry-base", run.retries.base,
               "First pause, with full jitter; it doubles; Retry-After is obeyed");
  add_duration(group, "--retry-most", run.retries.most, "Longest pause");
}

Result<void> read_connections(const RawConnections& raw, Options& run) {
  if (raw.urls.empty()) {
    return fail(ErrorCode::usage, "name at least one URL to send requests to, or a --target");
  }
  for (const auto& url : raw.urls) {
    auto base = parse_api_base(url, Schemes::http_and_https);
    if (!base) return std::unexpected(base.error());
    run.targets.push_back(*base);
  }
  for (const auto& header : raw.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0 ||
        header.find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::usage, fmt::format("--header: '{}' is not 'name: value'", header));
    }
    const auto value = header.find_first_not_of(' ', colon + 1);
    run.headers.emplace_back(header.substr(0, colon),
                             value == std::string::npos ? "" : header.substr(value));
  }
  if (!raw.api_key_env.empty()) {
    const char* key = std::getenv(raw.api_key_env.c_str());
    if (key == nullptr || *key == '\0') {
      return fail(ErrorCode::usage,
                  fmt::format("--api-key-env: the variable {} is not set", raw.api_key_env));
    }
    run.api_key = key;
  }
  run.balance = raw.balance == "least"        ? Balance::least
                : raw.balance == "connection" ? Balance::connection
                                              : Balance::round_robin;
  return {};
}

}  // namespace hopcost::loadgen
