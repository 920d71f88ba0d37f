#include "loadgen/exchange/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <fmt/format.h>

namespace hopcost::loadgen {

Result<Tls> Tls::make(const Options& options) {
  Tls tls;
  for (const auto& target : options.targets) tls.hosts_.push_back(target.address.host);
  tls.verify_ = !options.insecure;
  error_code ec;
  if (!options.ca_file.empty()) {
    tls.context_.load_verify_file(options.ca_file, ec);
    if (ec) return fail(ErrorCode::usage, "holds no certificate: " + ec.message(), options.ca_file);
  } else {
    tls.context_.set_default_verify_paths(ec);
  }
  return tls;
}

std::shared_ptr<TlsStream> Tls::stream_over(Socket& socket, std::size_t target) {
  auto stream = std::make_shared<TlsStream>(socket, context_);
  const auto& host = hosts_[target];
  error_code ignored;
  const bool is_address = (asio::ip::make_address(host, ignored), !ignored);
  // An address is no server name (RFC 6066).
  if (!is_address) {
    // SSL_set_tlsext_host_name without its old-style cast.
    SSL_ctrl(stream->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  }
  if (verify_) {
    stream->set_verify_mode(asio::ssl::verify_peer, ignored);
    stream->set_verify_callback(asio::ssl::host_name_verification(host), ignored);
  } else {
    stream->set_verify_mode(asio::ssl::verify_none, ignored);
  }
  return stream;
}

std::string Tls::why(TlsStream& stream, error_code failed) {
  if (!failed) return {};
  const long verified = SSL_get_verify_result(stream.native_handle());
  if (verified == X509_V_OK) return "TLS: " + failed.message();
  return fmt::format("TLS: the server's certificate is refused: {}",
                     X509_verify_cert_error_string(verified));
}

}  // namespace hopcost::loadgen
