#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/asio.hpp"
#include "common/descriptor.hpp"
#include "common/event_loop.hpp"
#include "loadgen/exchange/tls.hpp"

namespace hopcost::loadgen {

/// What all channels of one thread receive into: it stays in the processor's cache.
using ReceiveBuffer = std::array<char, 64U << 10U>;

/// One connection of a client, plain or over TLS, as bytes in and bytes out; knows no HTTP. Lives
/// on its loop's thread.
///
/// In the fewest system calls: the socket is read when the loop has said that there is something,
/// and again only where more may be there; a write is tried at once.
class Channel : private EventLoop::Watch {
 public:
  ~Channel() override;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Closes what there is, and begins anew: on_open() follows, maybe at once.
  void connect();
  /// Nothing is called after this.
  void close();

  /// TCP_QUICKACK on every read and write: what comes is acknowledged without delay.
  void acknowledge_at_once() { acknowledge_ = true; }

  [[nodiscard]] bool connected() const { return state_ == State::open; }
  [[nodiscard]] bool connecting() const {
    return state_ == State::connecting || state_ == State::shaking_hands;
  }

 protected:
  /// To one `target` of the run, at `peer`. `tls`: null: the connection is plain. All outlive it.
  Channel(EventLoop& loop, ReceiveBuffer& buffer, const Tcp::endpoint& peer, std::size_t target,
          const Tls* tls);

  /// Sends `bytes`, which must stay where they are until they have left; why not, or "".
  [[nodiscard]] std::string send(std::string_view bytes);
  /// Whether bytes of the last send() are still here.
  [[nodiscard]] bool sending() const { return !rest_.empty(); }
  /// Whether bytes lie here that on_bytes() has not used.
  [[nodiscard]] bool holds_bytes() const { return !held_.empty(); }

  /// The connection is there, or could not be opened: `why` is not empty, and the channel closed.
  virtual void on_open(const std::string& why) = 0;
  /// Bytes have come; returns how many of them it has used: the others are offered again with what
  /// comes next. It may send, close and connect.
  virtual std::size_t on_bytes(std::string_view bytes) = 0;
  /// The peer has closed, in order (`ended`) or not, or sending failed. The channel is not closed
  /// yet.
  virtual void on_cut(const std::string& why, bool ended) = 0;

 private:
  enum class State : std::uint8_t { closed, connecting, shaking_hands, open };
  /// What a system call, or OpenSSL, has done: bytes, or nothing for now, or nothing any more.
  struct Moved {
    std::size_t bytes = 0;
    bool later = false;  ///< the socket has, or takes, nothing now
    bool ended = false;  ///< the peer ended in order
    std::string why;     ///< it is broken
  };

  void on_ready(std::uint32_t events) final;
  void on_turn() final {}
  void begin();
  void shake_hands();
  void fail_to_open(const std::string& why);
  void receive();
  /// Hands on the newest `size` bytes; false where the connection is another one by now.
  bool hand_on(std::size_t size);
  [[nodiscard]] std::string send_rest();
  [[nodiscard]] Moved read_some(char* to, std::size_t room);
  [[nodiscard]] Moved write_some(std::string_view bytes);
  [[nodiscard]] Moved moved_by_tls(int result);
  /// The kernel forgets the option as traffic goes to and fro.
  void keep_acknowledging();

  EventLoop& loop_;
  ReceiveBuffer& buffer_;
  Tcp::endpoint peer_;
  std::size_t target_;
  const Tls* tls_;
  Descriptor socket_;
  TlsStream secure_;
  State state_ = State::closed;
  bool readable_ = false;  ///< there may be something to read
  bool acknowledge_ = false;
  bool ending_ = false;       ///< the peer's end has come, or will after the bytes before it
  std::uint64_t opened_ = 0;  ///< connections so far
  std::string_view rest_;     ///< of what is being sent
  std::string held_;          ///< received, not used
};

}  // namespace hopcost::loadgen
