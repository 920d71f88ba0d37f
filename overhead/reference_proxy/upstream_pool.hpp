#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/asio.hpp"
#include "overhead/reference_proxy/buffers.hpp"

namespace hopcost::reference_proxy {

/// One backend, resolved.
struct Backend {
  std::string host;  ///< as it goes into a Host field
  std::vector<Tcp::endpoint> endpoints;
};

/// One connection to a backend.
struct Upstream {
  Upstream(asio::io_context& context, std::size_t backend_index)
      : socket(context), backend(backend_index) {}

  Socket socket;
  ReadBuffer buffer;
  std::size_t backend;
  bool pooled = false;   ///< it has answered a request before
  bool writing = false;  ///< a request has not left completely
  bool reading = false;
};

/// Idle connections of one worker, kept for the next request; the one used last goes first.
class UpstreamPool {
 public:
  static constexpr std::size_t kMaxIdle = 1024;  ///< per backend

  explicit UpstreamPool(std::size_t backends) : idle_(backends) {}

  /// Null where none is idle.
  [[nodiscard]] std::shared_ptr<Upstream> take(std::size_t backend);
  void put(std::shared_ptr<Upstream> upstream);
  /// Closes the idle connections that the backend has closed, or has sent something on unasked.
  void drop_stale(std::size_t backend);

 private:
  std::vector<std::vector<std::shared_ptr<Upstream>>> idle_;
};

}  // namespace hopcost::reference_proxy
