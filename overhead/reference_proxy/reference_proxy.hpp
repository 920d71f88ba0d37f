#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/clock.hpp"
#include "common/endpoint.hpp"
#include "common/error.hpp"
#include "overhead/reference_proxy/injection.hpp"

namespace hopcost::reference_proxy {

struct Options {
  HostPort listen{"127.0.0.1", 8321};  ///< port 0: any free one
  std::vector<HostPort> backends{};    ///< at least one; requests go to them in turn
  int workers = 1;                     ///< threads that serve
  Injection defaults{};                ///< for requests whose headers ask for nothing else
  bool burn_in_turn = false;           ///< a lock is held while CPU is burnt: one worker at a time
  bool report_time = false;            ///< replies say how long they took (x-reference-time-us)
  bool split_replies = false;          ///< head and body in two writes, without TCP_NODELAY
  bool deal_to_one = false;            ///< the first worker gets every connection
  Nanos drain_timeout = 2 * kSecond;   ///< what `stop` grants to requests under way
};

/// An HTTP/1.1 reverse proxy whose cost is small, can be added to, and is clocked.
///
/// Client connections are dealt to the workers in turn, unless told otherwise; each worker is one
/// thread ("ref-worker-0",
/// ...) with connections of its own to every backend. One more thread only accepts. A request is
/// read whole before it is forwarded, a reply is passed on read by read. What was truly added is
/// kept per worker and shown by `GET /__reference/truth`.
class ReferenceProxy {
 public:
  explicit ReferenceProxy(Options options);
  ~ReferenceProxy();  ///< stops
  ReferenceProxy(const ReferenceProxy&) = delete;
  ReferenceProxy& operator=(const ReferenceProxy&) = delete;

  /// Resolves the backends, listens, and serves until `stop`. Call once.
  Result<void> start();
  /// The port listened on; 0 before `start`.
  [[nodiscard]] std::uint16_t port() const;
  /// Accepts no more, lets requests under way finish (at most the drain timeout), ends the threads.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hopcost::reference_proxy
