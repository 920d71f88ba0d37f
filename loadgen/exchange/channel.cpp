#include "loadgen/exchange/channel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>

namespace hopcost::loadgen {
namespace {

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kEnding = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

std::string text_of(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Channel::Channel(EventLoop& loop, ReceiveBuffer& buffer, const Tcp::endpoint& peer,
                 std::size_t target, const Tls* tls)
    : loop_(loop), buffer_(buffer), peer_(peer), target_(target), tls_(tls) {}

Channel::~Channel() {
  close();
}

void Channel::connect() {
  close();
  ++opened_;
  socket_ = Descriptor(
      socket(peer_.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket_.is_open()) {
    fail_to_open(text_of(errno));
    return;
  }
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto size = static_cast<socklen_t>(peer_.size());
  if (::connect(socket_.get(), peer_.data(), size) != 0 && errno != EINPROGRESS) {
    fail_to_open(text_of(errno));
    return;
  }
  state_ = State::connecting;
  if (!loop_.watch(socket_.get(), *this)) fail_to_open(text_of(errno));
}

void Channel::close() {
  if (socket_.is_open()) loop_.forget(*this);
  secure_.reset();
  socket_.close();
  state_ = State::closed;
  readable_ = ending_ = false;
  rest_ = {};
  held_.clear();
}

void Channel::fail_to_open(const std::string& why) {
  close();
  on_open(why);
}

void Channel::on_ready(std::uint32_t events) {
  if ((events & kReadable) != 0) readable_ = true;
  if ((events & kEnding) != 0) ending_ = true;
  if (state_ == State::connecting) {
    begin();
  } else if (state_ == State::shaking_hands) {
    shake_hands();
  }
  if (state_ != State::open) return;
  if (!rest_.empty()) {
    if (const auto why = send_rest(); !why.empty()) {
      on_cut(why, false);
      return;
    }
  }
  // TLS may have to read in order to write, and to write in order to read.
  if (readable_ || secure_) receive();
}

void Channel::begin() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    fail_to_open(text_of(error));
    return;
  }
  if (tls_ == nullptr) {
    state_ = State::open;
    on_open({});
    return;
  }
  secure_ = tls_->stream_over(socket_.get(), target_);
  if (!secure_) {
    fail_to_open("TLS: out of memory");
    return;
  }
  state_ = State::shaking_hands;
  shake_hands();
}

void Channel::shake_hands() {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(secure_.get());
  if (result == 1) {
    state_ = State::open;
    on_open({});
    return;
  }
  const int error = SSL_get_error(secure_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  fail_to_open(Tls::why(*secure_, result));
}

std::string Channel::send(std::string_view bytes) {
  rest_ = bytes;
  return send_rest();
}

std::string Channel::send_rest() {
  while (!rest_.empty()) {
    const auto moved = write_some(rest_);
    if (moved.later) break;
    if (moved.bytes == 0) return moved.why;
    rest_.remove_prefix(moved.bytes);
  }
  return {};
}

void Channel::receive() {
  const auto opened = opened_;
  while (state_ == State::open && opened == opened_) {
    const std::size_t room = buffer_.size() - held_.size();
    const auto moved = read_some(buffer_.data() + held_.size(), room);
    if (moved.later) {
      readable_ = false;
      return;
    }
    if (moved.bytes == 0) {
      on_cut(moved.ended ? "the peer closed the connection" : moved.why, moved.ended);
      return;
    }
    // Room was left: the socket is empty, and the loop will tell of what comes from now on.
    const bool more = moved.bytes == room || ending_ || secure_ != nullptr;
    if (!more) readable_ = false;
    if (!hand_on(moved.bytes) || !more) return;
  }
}

bool Channel::hand_on(std::size_t size) {
  const auto opened = opened_;
  std::ranges::copy(held_, buffer_.begin());
  const std::string_view bytes(buffer_.data(), held_.size() + size);
  const std::size_t used = on_bytes(bytes);
  if (state_ != State::open || opened != opened_) return false;
  held_.assign(bytes.substr(used));
  return true;
}

Channel::Moved Channel::read_some(char* to, std::size_t room) {
  if (secure_) {
    ERR_clear_error();
    errno = 0;
    return moved_by_tls(SSL_read(secure_.get(), to, static_cast<int>(room)));
  }
  while (true) {
    const auto count = recv(socket_.get(), to, room, 0);
    if (acknowledge_) keep_acknowledging();
    if (count > 0) return {static_cast<std::size_t>(count), false, false, {}};
    if (count == 0) return {0, false, true, {}};
    if (errno == EAGAIN) return {0, true, false, {}};
    if (errno != EINTR) return {0, false, false, text_of(errno)};
  }
}

Channel::Moved Channel::write_some(std::string_view bytes) {
  if (secure_) {
    constexpr std::size_t kMost = 1U << 30U;
    const auto size = static_cast<int>(std::min(bytes.size(), kMost));
    ERR_clear_error();
    errno = 0;
    return moved_by_tls(SSL_write(secure_.get(), bytes.data(), size));
  }
  while (true) {
    const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (acknowledge_) keep_acknowledging();
    if (count >= 0) return {static_cast<std::size_t>(count), false, false, {}};
    if (errno == EAGAIN) return {0, true, false, {}};
    if (errno != EINTR) return {0, false, false, text_of(errno)};
  }
}

void Channel::keep_acknowledging() {
  const int kept = errno;
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  errno = kept;
}

Channel::Moved Channel::moved_by_tls(int result) {
  if (result > 0) return {static_cast<std::size_t>(result), false, false, {}};
  switch (SSL_get_error(secure_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {0, true, false, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {0, false, true, {}};
    default:
      return {0, false, false, Tls::why(*secure_, result)};
  }
}

}  // namespace hopcost::loadgen
