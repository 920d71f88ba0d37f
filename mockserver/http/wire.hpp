#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/asio.hpp"
#include "common/clock.hpp"
#include "mockserver/http/input_buffer.hpp"

namespace hopcost::mockserver {

/// What one worker's connections have carried.
struct ByteCounts {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
};

/// One accepted socket as bytes in and bytes out; knows no HTTP. Everything runs on the thread of
/// the worker that owns it. Errors never throw: they end in on_gone().
///
/// Writes are tried at once on the caller's stack, because a reply nearly always fits the socket's
/// buffer; only what is left waits for the event loop.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

 protected:
  Wire(Socket socket, ByteCounts& bytes);

  /// Keeps one read under way, with room for `wanted` bytes; does nothing where one is or the
  /// socket is closed.
  void read(std::size_t wanted);
  /// The same, once the event loop has done what else is ready: under load the peer's next request
  /// is there by then, and is read without asking in vain first.
  void read_later(std::size_t wanted);
  /// Sends `out_` and empties it: true where everything left at once. Else on_flushed() or
  /// on_gone() follows, or on_gone() was called already.
  [[nodiscard]] bool flush();
  /// Says that nothing more will be sent; what the peer still sends can be read.
  void finish_sending();
  void close_socket();
  /// Makes close_socket() send RST instead of FIN.
  void reset_on_close();

  /// Whether a flush is under way: on_flushed() or on_gone() follows.
  [[nodiscard]] bool flushing() const { return flushing_; }
  [[nodiscard]] bool closed() const { return !socket_.is_open(); }
  /// When the read that brought the newest bytes returned.
  [[nodiscard]] Nanos read_ns() const { return read_ns_; }
  [[nodiscard]] Executor executor() { return socket_.get_executor(); }

  virtual void on_bytes() = 0;    ///< in_ has more bytes
  virtual void on_flushed() = 0;  ///< out_ was sent after flush() returned false
  virtual void on_gone() = 0;     ///< the peer closed, or the connection broke

  InputBuffer in_;
  std::string out_;

 private:
  void start_read(std::size_t wanted);

  Socket socket_;
  ByteCounts& bytes_;
  Nanos read_ns_ = 0;
  bool reading_ = false;
  bool flushing_ = false;
};

}  // namespace hopcost::mockserver
