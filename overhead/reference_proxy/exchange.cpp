#include "overhead/reference_proxy/exchange.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace hopcost::reference_proxy {

Exchange::Exchange(asio::io_context& context, UpstreamPool& pool,
                   const std::vector<Backend>& backends, ResponseSink& sink)
    : context_(context), pool_(pool), backends_(backends), sink_(sink) {}

void Exchange::start(std::size_t backend, std::string_view head, std::string_view body,
                     bool is_head_request) {
  backend_ = backend;
  request_ = {asio::buffer(head), asio::buffer(body)};
  is_head_request_ = is_head_request;
  answered_ = false;
  delivered_ = false;
  upstream_ = pool_.take(backend);
  if (upstream_ == nullptr) return connect();
  send();
}

void Exchange::connect() {
  connected_ = false;
  upstream_ = std::make_shared<Upstream>(context_, backend_);
  asio::async_connect(
      upstream_->socket, backends_[backend_].endpoints,
      [this, held = sink_.hold(), upstream = upstream_](error_code ec, const Tcp::endpoint&) {
        if (upstream != upstream_) return;
        if (ec) {
          return fail(
              fmt::format("cannot connect to {}: {}", backends_[backend_].host, ec.message()));
        }
        upstream->socket.set_option(Tcp::no_delay(true), ec);
        send();
      });
}

void Exchange::send() {
  connected_ = true;
  expect_response();
  upstream_->writing = true;
  // A write that fails is not judged here: the read beside it will fail too, or find the answer of
  // a backend that had heard enough. The connection is not used again, for `writing` stays true.
  asio::async_write(upstream_->socket, request_,
                    [held = sink_.hold(), upstream = upstream_](error_code ec, std::size_t) {
                      if (!ec) upstream->writing = false;
                    });
  read_more();
}

void Exchange::expect_response() {
  head_.begin();
  parser_.emplace(head_);
  parser_->body_limit(boost::none);
  parser_->header_limit(ReadBuffer::kMax / 2);
  if (is_head_request_) parser_->skip(true);
}

void Exchange::read_more() {
  if (upstream_ == nullptr || !connected_ || upstream_->reading) return;
  const auto room = upstream_->buffer.prepare();
  upstream_->reading = true;
  upstream_->socket.async_read_some(
      asio::buffer(room.data(), room.size()),
      [this, held = sink_.hold(), upstream = upstream_](error_code ec, std::size_t bytes) {
        on_read(upstream, ec, bytes);
      });
}

void Exchange::on_read(const Connection& upstream, error_code ec, std::size_t bytes) {
  upstream->reading = false;
  if (upstream != upstream_) return;  // aborted meanwhile
  if (ec) return on_read_error(ec);
  upstream->buffer.commit(bytes);
  on_bytes(upstream);
}

void Exchange::on_bytes(const Connection& upstream) {
  const Nanos read_at = now_ns();
  answered_ = true;
  head_.body.clear();
  head_.body_size = 0;
  if (!parse(*upstream)) return;
  if (!head_.complete) return read_more();
  const bool done = parser_->is_done();
  if (!done && delivered_ && head_.body.empty()) return read_more();  // framing alone
  if (done) {
    // `upstream` keeps the bytes in place while the views into them are in use.
    upstream_.reset();
    if (parser_->keep_alive() && !upstream->writing && upstream->buffer.empty()) {
      pool_.put(upstream);
    } else {
      error_code ignored;
      upstream->socket.close(ignored);
    }
  }
  deliver(done, read_at);
}

bool Exchange::parse(Upstream& upstream) {
  while (true) {
    error_code fault;
    upstream.buffer.consume(parser_->feed(upstream.buffer.view(), fault));
    if (fault) {
      fail(fmt::format("{} answered with bad HTTP: {}", backends_[backend_].host, fault.message()));
      return false;
    }
    if (head_.fields.too_large() || head_.fields.unknown_coding() || head_.status == 101) {
      fail(fmt::format("{} answered with a head that cannot be passed on",
                       backends_[backend_].host));
      return false;
    }
    if (!head_.complete || head_.status / 100 != 1) return true;
    expect_response();  // that was "100 Continue" or the like: the answer comes behind it
  }
}

void Exchange::on_read_error(error_code ec) {
  if (!answered_ && upstream_->pooled) {
    pool_.drop_stale(backend_);
    error_code ignored;
    upstream_->socket.close(ignored);
    return connect();
  }
  if (ec == asio::error::eof && head_.complete && parser_->need_eof()) {
    error_code fault;
    parser_->put_eof(fault);
    if (!fault) {
      head_.body.clear();
      head_.body_size = 0;
      abort();
      return deliver(true, now_ns());
    }
  }
  fail(fmt::format("{} closed the connection before its answer was complete: {}",
                   backends_[backend_].host, ec.message()));
}

void Exchange::deliver(bool done, Nanos read_at) {
  const bool first = !std::exchange(delivered_, true);
  ResponsePart part{.head = head_, .first = first, .done = done, .read_at = read_at};
  if (const auto length = parser_->content_length()) part.length = *length;
  // The sink may start the next request from inside this call: nothing of ours is used after it.
  sink_.on_response(part);
}

void Exchange::fail(const std::string& why) {
  abort();
  sink_.on_upstream_failure(delivered_, why);
}

void Exchange::abort() {
  if (upstream_ == nullptr) return;
  error_code ignored;
  upstream_->socket.close(ignored);
  upstream_.reset();
}

}  // namespace hopcost::reference_proxy
