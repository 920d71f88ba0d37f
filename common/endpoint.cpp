#include "common/endpoint.hpp"

#include <charconv>

#include <boost/url.hpp>
#include <fmt/format.h>

namespace hopcost {

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
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec != std::errc{} || digits.empty() || end != digits.data() + digits.size()) {
    return complain();
  }
  return HostPort{std::string(host), port};
}

std::string ApiBase::url() const {
  return fmt::format("http://{}{}", address.to_string(), path);
}

Result<ApiBase> parse_api_base(std::string_view url) {
  const std::string text(url);
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) {
    return fail(ErrorCode::usage,
                fmt::format("'{}' is not a URL such as http://127.0.0.1:8000", text));
  }
  if (parsed->scheme() != "http") {
    return fail(ErrorCode::usage, fmt::format("'{}': only http:// is supported so far", text));
  }
  const std::string host(parsed->host_address());
  if (host.empty()) return fail(ErrorCode::usage, fmt::format("'{}' names no host", text));
  ApiBase base;
  base.address.host = host;
  base.address.port = parsed->has_port() ? parsed->port_number() : std::uint16_t{80};
  std::string path(parsed->encoded_path());
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (!path.empty()) base.path = path;
  return base;
}

}  // namespace hopcost
