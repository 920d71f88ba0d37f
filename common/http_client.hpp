#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/endpoint.hpp"
#include "common/error.hpp"

namespace hopcost {

/// One small exchange off the hot path: readiness, admin endpoints, probes. Blocks at most
/// `timeout`.
struct HttpExchange {
  std::string method = "GET";
  HostPort address;
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< sent with Content-Type: application/json where not empty
  Nanos timeout = 2 * kSecond;
};

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< in their order
  std::string body;
  std::vector<std::size_t>
      reads;  ///< bytes of the body that had come after each read that brought some
};

/// Opens a connection of its own and closes it. An Error where no complete reply came in time.
[[nodiscard]] Result<HttpReply> http_exchange(const HttpExchange& exchange);

/// A TCP port of `host` that is free now; another process may still take it before the caller does.
[[nodiscard]] Result<std::uint16_t> find_free_port(const std::string& host);

/// Whether someone already listens on the port (or it cannot be bound for another reason).
[[nodiscard]] bool port_is_taken(const HostPort& address);

}  // namespace hopcost
