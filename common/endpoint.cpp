#include "common/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/url.hpp>
#include <fmt/format.h>

namespace hopcost {
namespace {

/// What a host name or an address is made of. The host goes into the Host header as it is, so
/// nothing that could end a line or start another part of a URL may pass.
bool is_host(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  };
  return !host.empty() && std::ranges::all_of(host, allowed);
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return port;
}

}  // namespace

std::string HostPort::to_string() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

Result<HostPort> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto complain = [&] {
    return fail(ErrorCode::usage,
                fmt::format("'{}' is not HOST:PORT, such as 127.0.0.1:8000", text));
  };
  if (colon == std::string_view::npos || colon == 0) return complain();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return complain();
  }
  const auto port = parse_port(digits);
  if (!is_host(host) || !port) return complain();
  return HostPort{std::string(host), *port};
}

std::string ApiBase::url() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", address.to_string(), path);
}

Result<ApiBase> parse_api_base(std::string_view url, Schemes schemes) {
  const std::string text(url);
  const auto complain = [&text](std::string_view why) {
    return fail(ErrorCode::usage, fmt::format("'{}' {}", text, why));
  };
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return complain("is not a URL such as http://127.0.0.1:8000");
  const bool tls = parsed->scheme_id() == boost::urls::scheme::https;
  if (tls && schemes == Schemes::http) return complain("is not supported: only http:// is here");
  if (!tls && parsed->scheme_id() != boost::urls::scheme::http) {
    return complain(schemes == Schemes::http ? "is not supported: only http:// is here"
                                             : "is neither http:// nor https://");
  }
  const std::string host(parsed->host_address());
  if (host.empty()) return complain("names no host");
  if (!is_host(host)) return complain("has a host that is neither a name nor an address");
  if (parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment()) {
    return complain("must be only a host, a port and a path");
  }
  ApiBase base;
  base.address.host = host;
  base.address.port = tls ? 443 : 80;
  base.tls = tls;
  // Not port_number(): it wraps a number above 65535 instead of refusing it.
  if (parsed->has_port()) {
    const auto port = parse_port(std::string(parsed->port()));
    if (!port || *port == 0) return complain("has no usable port");
    base.address.port = *port;
  }
  std::string path(parsed->encoded_path());
  // The library takes what follows an IPv6 address for a path, even without a slash.
  if (!path.empty() && path.front() != '/') return complain("has a path without a slash");
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (!path.empty()) base.path = path;
  return base;
}

}  // namespace hopcost
