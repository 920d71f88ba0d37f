#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "common/asio.hpp"
#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// TLS over a session's socket.
using TlsStream = asio::ssl::stream<Socket&>;

/// How the sessions of a run speak TLS: certificates are verified against the system's authorities
/// or those of a file, and against the target's host. All threads share it.
class Tls {
 public:
  /// An Error where the authorities cannot be read.
  [[nodiscard]] static Result<Tls> make(const Options& options);

  /// A new stream to the target, before its handshake.
  [[nodiscard]] std::shared_ptr<TlsStream> stream_over(Socket& socket, std::size_t target);
  /// What went wrong in a handshake, with the reason why a certificate was refused.
  [[nodiscard]] static std::string why(TlsStream& stream, error_code failed);

 private:
  Tls() : context_(asio::ssl::context::tls_client) {}

  asio::ssl::context context_;
  std::vector<std::string> hosts_;  ///< by target
  bool verify_ = true;
};

}  // namespace hopcost::loadgen
