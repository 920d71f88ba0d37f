#pragma once

#include <cstddef>
#include <memory>
#include <openssl/types.h>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

struct FreeTls {
  void operator()(SSL_CTX* context) const;
  void operator()(SSL* stream) const;
};
/// One connection's TLS (OpenSSL).
using TlsStream = std::unique_ptr<SSL, FreeTls>;

/// How the sessions of a run speak TLS: certificates are verified against the system's authorities
/// or those of a file, and against the target's host. All threads share it.
///
/// OpenSSL writes with write(2), so the first of these makes the process ignore SIGPIPE.
class Tls {
 public:
  /// An Error where the authorities cannot be read.
  [[nodiscard]] static Result<Tls> make(const Options& options);

  /// A new stream to the target over a connected socket, before its handshake; null: OpenSSL has no
  /// memory for it.
  [[nodiscard]] TlsStream stream_over(int socket, std::size_t target) const;
  /// What went wrong in an operation that returned `result`, with the reason why a certificate was
  /// refused; takes it out of OpenSSL's queue of errors.
  [[nodiscard]] static std::string why(SSL& stream, int result);

 private:
  Tls() = default;

  std::unique_ptr<SSL_CTX, FreeTls> context_;
  std::vector<std::string> hosts_;  ///< by target
};

}  // namespace hopcost::loadgen
