#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "common/descriptor.hpp"
#include "common/event_loop.hpp"
#include "mockserver/http/input_buffer.hpp"

namespace hopcost::mockserver {

/// What one worker's connections have carried.
struct ByteCounts {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
};

/// One accepted socket as bytes in and bytes out; knows no HTTP. Everything runs on the thread of
/// the loop that watches it. Errors never throw: they end in on_gone().
///
/// One call to the system reads a request, one sends a reply: a socket is read only when the loop
/// has said that there is something, and asked again only where more may be there; a write is tried
/// at once, and only what is left waits for the loop.
///
/// What is to be sent is put together in a buffer that all of a worker's connections share, so that
/// it stays in the processor's cache: between two calls from the loop it is empty.
class Wire : public std::enable_shared_from_this<Wire>, private EventLoop::Watch {
 public:
  ~Wire() override;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

 protected:
  /// `out`: shared; outlives it.
  Wire(Descriptor socket, EventLoop& loop, ByteCounts& bytes, std::string& out);

  /// Begins to watch the socket; on_gone() where that cannot be.
  void open();
  /// Asks for one read with room for `wanted` bytes: on_bytes() or on_gone() follows, never on the
  /// caller's stack. Does nothing where the socket is closed.
  void read(std::size_t wanted);
  /// Sends `out_` and empties it: true where everything left at once. Else on_flushed() or
  /// on_gone() follows, or on_gone() was called already.
  [[nodiscard]] bool flush();
  /// Keeps what lies in `out_` for later: nobody else's.
  void hold();
  /// Puts it back where hold() took it from.
  void take_back();
  /// Lets others have their turn first: on_yielded() follows.
  void yield();
  /// Says that nothing more will be sent; what the peer still sends can be read.
  void finish_sending();
  void close_socket();
  /// Makes close_socket() send RST instead of FIN.
  void reset_on_close();

  /// Whether a flush is under way: on_flushed() or on_gone() follows.
  [[nodiscard]] bool flushing() const { return blocked_; }
  [[nodiscard]] bool closed() const { return !socket_.is_open(); }
  /// When the read that brought the newest bytes returned.
  [[nodiscard]] Nanos read_ns() const { return read_ns_; }

  virtual void on_bytes() = 0;    ///< in_ has more bytes
  virtual void on_flushed() = 0;  ///< out_ was sent after flush() returned false
  virtual void on_yielded() = 0;  ///< others had their turn
  virtual void on_gone() = 0;     ///< the peer closed, or the connection broke

  InputBuffer in_;
  std::string& out_;

 private:
  void on_ready(std::uint32_t events) final;
  void on_turn() final;
  void receive();
  void flush_rest();
  /// Sends what it can of `bytes` and removes that; false where the connection is broken.
  [[nodiscard]] bool send_some(std::string_view& bytes);

  Descriptor socket_;
  EventLoop& loop_;
  ByteCounts& bytes_;
  Nanos read_ns_ = 0;
  std::size_t wanted_ = 0;  ///< room for the read that was asked for; 0: none was
  std::string kept_;        ///< what a flush left behind, or hold() took
  bool readable_ = false;   ///< there may be something to read
  bool ending_ = false;     ///< the peer's end has come, or will after the bytes before it
  bool blocked_ = false;    ///< the socket takes no more for now; kept_ follows
  bool yielded_ = false;
};

}  // namespace hopcost::mockserver
