#include "mockserver/http/wire.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace hopcost::mockserver {
namespace {

/// Holds a request of ordinary size without growing.
constexpr std::size_t kInputSize = 8192;
/// The same for a reply. Ten thousand idle connections keep both.
constexpr std::size_t kOutputSize = 2048;

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kEnding = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWritable = EPOLLOUT | EPOLLHUP | EPOLLERR;

}  // namespace

Wire::Wire(Descriptor socket, EventLoop& loop, ByteCounts& bytes)
    : in_(kInputSize), socket_(std::move(socket)), loop_(loop), bytes_(bytes) {
  out_.reserve(kOutputSize);
  const int on = 1;  // a socket that broke already shows it at its first read
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() {
  close_socket();
}

void Wire::open() {
  if (!loop_.watch(socket_.get(), *this)) on_gone();
}

void Wire::read(std::size_t wanted) {
  if (closed()) return;
  wanted_ = wanted;
  if (readable_) loop_.take_turn(*this);
}

void Wire::yield() {
  yielded_ = true;
  loop_.take_turn(*this);
}

void Wire::on_ready(std::uint32_t events) {
  const auto self = shared_from_this();
  if ((events & kReadable) != 0) readable_ = true;
  if ((events & kEnding) != 0) ending_ = true;
  if (blocked_ && (events & kWritable) != 0) {
    blocked_ = false;
    flush_rest();
  }
  if (readable_ && wanted_ > 0) receive();
}

void Wire::on_turn() {
  const auto self = shared_from_this();
  if (std::exchange(yielded_, false)) on_yielded();
  if (readable_ && wanted_ > 0) receive();
}

void Wire::receive() {
  if (closed()) return;
  const auto room = in_.prepare(wanted_);
  const auto count = recv(socket_.get(), room.data(), room.size(), 0);
  if (count < 0 && errno == EAGAIN) {
    readable_ = false;
    return;
  }
  if (count < 0 && errno == EINTR) {
    loop_.take_turn(*this);
    return;
  }
  wanted_ = 0;
  if (count <= 0) {
    on_gone();
    return;
  }
  const auto size = static_cast<std::size_t>(count);
  // Room was left: the socket is empty, and the loop will tell of what comes from now on.
  if (size < room.size() && !ending_) readable_ = false;
  read_ns_ = now_ns();
  bytes_.in += size;
  in_.commit(size);
  on_bytes();
}

bool Wire::send_some() {
  while (flushed_ < out_.size()) {
    const auto count =
        send(socket_.get(), out_.data() + flushed_, out_.size() - flushed_, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      blocked_ = errno == EAGAIN;
      return blocked_;
    }
    bytes_.out += static_cast<std::uint64_t>(count);
    flushed_ += static_cast<std::size_t>(count);
  }
  out_.clear();
  flushed_ = 0;
  return true;
}

bool Wire::flush() {
  if (closed()) return false;
  if (send_some()) return !blocked_;
  on_gone();
  return false;
}

void Wire::flush_rest() {
  if (closed()) return;
  if (!send_some()) {
    on_gone();
  } else if (!blocked_) {
    on_flushed();
  }
}

void Wire::finish_sending() {
  shutdown(socket_.get(), SHUT_WR);
}

void Wire::close_socket() {
  if (closed()) return;
  loop_.forget(*this);
  socket_.close();
}

void Wire::reset_on_close() {
  const linger at_once{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace hopcost::mockserver
