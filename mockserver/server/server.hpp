#pragma once

#include <cstdint>
#include <memory>

#include "common/error.hpp"
#include "mockserver/options.hpp"

namespace hopcost::mockserver {

/// An OpenAI-compatible server in this process: worker threads that answer, and one control thread
/// that accepts connections, deals them out in turn, and serves the admin calls.
///
/// start(), port() and stop() are for one thread. Errors of start(): unreachable where the address
/// cannot be listened on, usage where an option makes no sense on this machine.
class Server {
 public:
  explicit Server(Options options);
  ~Server();  ///< stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Connections are accepted once this returns without an Error.
  [[nodiscard]] Result<void> start();
  /// The port that is listened on, also where any free one was asked for.
  [[nodiscard]] std::uint16_t port() const;
  /// Accepts nothing more, lets requests under way finish (at most Options::drain_time), and ends
  /// all threads. A second call does nothing.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hopcost::mockserver
