#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/asio.hpp"
#include "common/clock.hpp"
#include "overhead/reference_proxy/message_head.hpp"
#include "overhead/reference_proxy/upstream_pool.hpp"

namespace hopcost::reference_proxy {

/// What one read from a backend brought, framing taken off.
struct ResponsePart {
  const ResponseHead& head;
  bool first = false;                     ///< the head was completed by this read
  std::optional<std::uint64_t> length{};  ///< the Content-Length, if there is one
  bool done = false;                      ///< the response is complete
  Nanos read_at = 0;
};

/// Who receives a response. All calls come on the worker's thread, never from inside `start`.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// What keeps the sink, and the exchange inside it, alive while an operation is under way.
  [[nodiscard]] virtual std::shared_ptr<void> hold() = 0;
  /// Views in the part hold during the call. The exchange stops reading until `read_more`.
  virtual void on_response(const ResponsePart& part) = 0;
  /// No (further) response will come. `head_delivered`: a part has been delivered before.
  virtual void on_upstream_failure(bool head_delivered, const std::string& why) = 0;
};

/// One request to a backend at a time, and its response; a member of its sink.
///
/// Takes a connection from the worker's pool or makes one, and gives it back where it can be used
/// again. A pooled connection that ends before any byte of a response is replaced once by a fresh
/// one: the backend had closed it while it was idle.
class Exchange {
 public:
  Exchange(asio::io_context& context, UpstreamPool& pool, const std::vector<Backend>& backends,
           ResponseSink& sink);

  /// `head` and `body` must stay in place until the response is complete or has failed.
  void start(std::size_t backend, std::string_view head, std::string_view body,
             bool is_head_request);
  /// Lets the next read happen; does nothing where one is under way or nothing is expected.
  void read_more();
  /// Closes the connection to the backend, if a request is under way on it.
  void abort();

 private:
  using Connection = std::shared_ptr<Upstream>;

  void connect();
  void send();
  void on_read(const Connection& upstream, error_code ec, std::size_t bytes);
  void on_bytes(const Connection& upstream);
  void on_read_error(error_code ec);
  bool parse(Upstream& upstream);
  void deliver(bool done, Nanos read_at);
  void fail(const std::string& why);
  void expect_response();

  asio::io_context& context_;
  UpstreamPool& pool_;
  const std::vector<Backend>& backends_;
  ResponseSink& sink_;

  Connection upstream_;  ///< null between requests: an operation's late end is recognised by it
  std::array<asio::const_buffer, 2> request_;
  std::optional<ResponseParser<ResponseHead>> parser_;
  ResponseHead head_;
  std::size_t backend_ = 0;
  bool is_head_request_ = false;
  bool connected_ = false;
  bool answered_ = false;   ///< a byte of a response was read
  bool delivered_ = false;  ///< the sink has seen the head
};

}  // namespace hopcost::reference_proxy
