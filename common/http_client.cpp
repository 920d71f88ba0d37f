#include "common/http_client.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "common/asio.hpp"

namespace hopcost {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// Drives one asynchronous exchange to its end on a private io_context.
class Exchange {
 public:
  explicit Exchange(const HttpExchange& what)
      : what_(what), stream_(context_), resolver_(context_) {
    parser_.body_limit(64U << 20U);
    parser_.eager(true);  // all that a read brings
  }

  Result<HttpReply> run() {
    request_.method_string(what_.method);
    request_.target(what_.target);
    request_.set(http::field::host, what_.address.to_string());
    request_.set(http::field::connection, "close");
    for (const auto& [name, value] : what_.headers) request_.set(name, value);
    if (!what_.body.empty()) {
      request_.set(http::field::content_type, "application/json");
      request_.body() = what_.body;
    }
    request_.prepare_payload();
    stream_.expires_after(std::chrono::nanoseconds(what_.timeout));
    resolver_.async_resolve(what_.address.host, std::to_string(what_.address.port),
                            [this](error_code ec, const auto& found) {
                              if (failed(ec, "resolve")) return;
                              connect(found);
                            });
    context_.run_for(std::chrono::nanoseconds(what_.timeout) + std::chrono::seconds(1));
    if (!done_) failed(beast::error::timeout, step_);
    if (ec_) {
      return fail(ErrorCode::unreachable, fmt::format("{}: {}", step_, ec_.message()),
                  fmt::format("http://{}{}", what_.address.to_string(), what_.target));
    }
    HttpReply reply;
    reply.status = static_cast<int>(parser_.get().result_int());
    for (const auto& field : parser_.get()) {
      reply.headers.emplace_back(field.name_string(), field.value());
    }
    reply.body = std::move(parser_.get().body());
    reply.reads = std::move(reads_);
    return reply;
  }

 private:
  bool failed(error_code ec, const char* step) {
    step_ = step;
    if (!ec) return false;
    ec_ = ec;
    done_ = true;
    return true;
  }

  void connect(const Tcp::resolver::results_type& found) {
    stream_.async_connect(found, [this](error_code ec, const auto&) {
      if (failed(ec, "connect")) return;
      http::async_write(stream_, request_, [this](error_code write_ec, std::size_t) {
        if (failed(write_ec, "write")) return;
        read();
      });
    });
  }

  /// Until the reply is whole, one read of the socket after the other. (Beast's own reading goes on
  /// inside a chunked body until its end.)
  void read() {
    stream_.async_read_some(buffer_.prepare(kMostInARead), [this](error_code ec, std::size_t size) {
      buffer_.commit(size);
      error_code parsed;
      if (ec == asio::error::eof && parser_.got_some()) {
        parser_.put_eof(parsed);
        ec = {};
      }
      if (failed(ec ? ec : parsed, "read")) return;
      if (size > 0) buffer_.consume(parser_.put(buffer_.data(), parsed));
      if (parsed == http::error::need_more) parsed = {};
      if (failed(parsed, "read")) return;
      const std::size_t so_far = parser_.get().body().size();
      if (so_far > (reads_.empty() ? 0 : reads_.back())) reads_.push_back(so_far);
      done_ = parser_.is_done();
      if (!done_) read();
    });
  }

  static constexpr std::size_t kMostInARead = 64U << 10U;

  const HttpExchange& what_;
  asio::io_context context_{1};
  beast::tcp_stream stream_;
  Tcp::resolver resolver_;
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_;
  std::vector<std::size_t> reads_;
  error_code ec_;
  const char* step_ = "connect";
  bool done_ = false;
};

}  // namespace

Result<HttpReply> http_exchange(const HttpExchange& exchange) {
  return Exchange(exchange).run();
}

Result<std::uint16_t> find_free_port(const std::string& host) {
  asio::io_context context{1};
  error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec) return fail(ErrorCode::usage, fmt::format("'{}' is not an IP address", host));
  Tcp::acceptor acceptor(context);
  const Tcp::endpoint any(address, 0);
  acceptor.open(any.protocol(), ec);
  if (!ec) acceptor.bind(any, ec);
  if (ec) {
    return fail(ErrorCode::io, fmt::format("no free port on {}: {}", host, ec.message()));
  }
  return acceptor.local_endpoint().port();
}

bool port_is_taken(const HostPort& address) {
  asio::io_context context{1};
  error_code ec;
  const auto ip = asio::ip::make_address(address.host, ec);
  if (ec) return true;
  Tcp::acceptor acceptor(context);
  const Tcp::endpoint endpoint(ip, address.port);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(1, ec);
  return static_cast<bool>(ec);
}

}  // namespace hopcost
