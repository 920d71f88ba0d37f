#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

/// What the command line says about where requests go and how, before it is checked.
struct RawConnections {
  std::vector<std::string> urls;
  std::vector<std::string> headers;
  std::string api_key_env;
  std::string balance = "round-robin";
};

void add_address_options(CLI::App& app, RawConnections& raw);
void add_identity_options(CLI::App& group, RawConnections& raw);
void add_connection_options(CLI::App& group, RawConnections& raw, Options& run);

[[nodiscard]] Result<void> read_connections(const RawConnections& raw, Options& run);

}  // namespace hopcost::loadgen
