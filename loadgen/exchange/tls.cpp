#include "loadgen/exchange/tls.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

std::string newest_error() {
  std::array<char, 256> text{};
  const auto code = ERR_get_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  // Its own words are behind the numbers: "error:0A000086:SSL routines::certificate verify failed".
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : text.data();
}

}  // namespace

void FreeTls::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

void FreeTls::operator()(SSL* stream) const {
  SSL_free(stream);
}

Result<Tls> Tls::make(const Options& options) {
  static const auto ignored = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(ignored);
  Tls tls;
  for (const auto& target : options.targets) tls.hosts_.push_back(target.address.host);
  tls.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = tls.context_.get();
  if (context == nullptr) return fail(ErrorCode::usage, "TLS cannot be used: " + newest_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1) {
    return fail(ErrorCode::usage, "holds no certificate: " + newest_error(), options.ca_file);
  }
  return tls;
}

TlsStream Tls::stream_over(int socket, std::size_t target) const {
  TlsStream stream(SSL_new(context_.get()));
  if (!stream) return stream;
  SSL_set_fd(stream.get(), socket);
  SSL_set_connect_state(stream.get());
  const auto& host = hosts_[target];
  // An address is no server name (RFC 6066).
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream.get()), host.c_str()) == 1) return stream;
  ERR_clear_error();
  SSL_set1_host(stream.get(), host.c_str());
  // SSL_set_tlsext_host_name without its old-style cast.
  SSL_ctrl(stream.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return stream;
}

std::string Tls::why(SSL& stream, int result) {
  const int system = errno;
  const long verified = SSL_get_verify_result(&stream);
  const bool refuses = SSL_get_verify_mode(&stream) != SSL_VERIFY_NONE;
  if (refuses && verified != X509_V_OK) {
    ERR_clear_error();
    return fmt::format("TLS: the server's certificate is refused: {}",
                       X509_verify_cert_error_string(verified));
  }
  if (ERR_peek_error() != 0) return "TLS: " + newest_error();
  if (SSL_get_error(&stream, result) == SSL_ERROR_SYSCALL && system != 0) {
    return "TLS: " + std::generic_category().message(system);
  }
  return "TLS: the server closed the connection";
}

}  // namespace hopcost::loadgen
