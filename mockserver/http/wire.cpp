#include "mockserver/http/wire.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace hopcost::mockserver {
namespace {

/// Holds a request of ordinary size without growing.
constexpr std::size_t kInputSize = 8192;
/// The same for a reply. Ten thousand idle connections keep both.
constexpr std::size_t kOutputSize = 2048;

}  // namespace

Wire::Wire(Socket socket, ByteCounts& bytes)
    : in_(kInputSize), socket_(std::move(socket)), bytes_(bytes) {
  out_.reserve(kOutputSize);
  error_code ignored;  // a socket that broke already shows it at its first read
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void Wire::read(std::size_t wanted) {
  if (reading_ || closed()) return;
  reading_ = true;
  start_read(wanted);
}

void Wire::read_later(std::size_t wanted) {
  if (reading_ || closed()) return;
  reading_ = true;
  asio::post(executor(), [this, wanted, self = shared_from_this()] {
    if (!closed()) start_read(wanted);
  });
}

void Wire::start_read(std::size_t wanted) {
  const auto room = in_.prepare(wanted);
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [this, self = shared_from_this()](error_code ec, std::size_t count) {
                            reading_ = false;
                            if (closed()) return;
                            if (ec) {
                              on_gone();
                              return;
                            }
                            read_ns_ = now_ns();
                            bytes_.in += count;
                            in_.commit(count);
                            on_bytes();
                          });
}

bool Wire::flush() {
  error_code ec;
  const std::size_t sent = socket_.write_some(asio::buffer(out_), ec);
  if (ec && ec != asio::error::would_block && ec != asio::error::try_again) {
    on_gone();
    return false;
  }
  bytes_.out += sent;
  if (sent == out_.size()) {
    out_.clear();
    return true;
  }
  flushing_ = true;
  asio::async_write(socket_, asio::buffer(out_) + sent,
                    [this, self = shared_from_this()](error_code write_ec, std::size_t count) {
                      flushing_ = false;
                      if (closed()) return;
                      bytes_.out += count;
                      out_.clear();
                      if (write_ec) {
                        on_gone();
                      } else {
                        on_flushed();
                      }
                    });
  return false;
}

void Wire::finish_sending() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Wire::close_socket() {
  error_code ignored;
  socket_.close(ignored);
}

void Wire::reset_on_close() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
}

}  // namespace hopcost::mockserver
