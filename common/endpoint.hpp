#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace hopcost {

/// Where to listen or to connect: an IP address or a host name, and a TCP port (0: any free one).
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  [[nodiscard]] std::string to_string() const;  ///< "127.0.0.1:8000", "[::1]:8000"
  bool operator==(const HostPort&) const = default;
};

/// "127.0.0.1:8000", "[::1]:0", "localhost:8080"
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);

/// The base of an OpenAI-compatible API. `path` is where the API's own paths hang: "/v1" for a root
/// URL and for one that ends in /v1, otherwise what was given ("/v1/openai/v1").
struct ApiBase {
  HostPort address;
  std::string path = "/v1";
  bool tls = false;

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:8000/v1"
};

/// Which URLs a program can use.
enum class Schemes { http, http_and_https };

/// An Error names what is wrong with the URL.
[[nodiscard]] Result<ApiBase> parse_api_base(std::string_view url, Schemes schemes = Schemes::http);

}  // namespace hopcost
