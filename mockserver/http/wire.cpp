#include "mockserver/http/wire.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace hopcost::mockserver {
namespace {

/// Holds a request of ordinary size without growing. Ten thousand idle connections keep it.
constexpr std::size_t kInputSize = 8192;
/// What a connection keeps of the memory for what it could not send at once.
constexpr std::size_t kKeptOutput = 64U << 10U;

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kEnding = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWritable = EPOLLOUT | EPOLLHUP | EPOLLERR;

}  // namespace

Wire::Wire(Descriptor socket, EventLoop& loop, ByteCounts& bytes, std::string& out)
    : in_(kInputSize), out_(out), socket_(std::move(socket)), loop_(loop), bytes_(bytes) {
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

bool Wire::send_some(std::string_view& bytes) {
  while (!bytes.empty()) {
    const auto count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      blocked_ = errno == EAGAIN;
      return blocked_;
    }
    bytes_.out += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Wire::flush() {
  if (closed()) return false;
  std::string_view bytes = out_;
  const bool good = send_some(bytes);
  if (good) kept_ = bytes;
  out_.clear();
  if (!good) on_gone();
  return good && !blocked_;
}

void Wire::flush_rest() {
  if (closed()) return;
  std::string_view bytes = kept_;
  if (!send_some(bytes)) {
    on_gone();
    return;
  }
  kept_.erase(0, kept_.size() - bytes.size());
  if (kept_.capacity() > kKeptOutput) kept_.shrink_to_fit();
  if (!blocked_) on_flushed();
}

void Wire::hold() {
  kept_.append(out_);
  out_.clear();
}

void Wire::take_back() {
  out_.append(kept_);
  kept_.clear();
  if (kept_.capacity() > kKeptOutput) kept_.shrink_to_fit();
}

void Wire::finish_sending() {
  shutdown(socket_.get(), SHUT_WR);
}

void Wire::close_socket() {
  if (closed()) return;
  out_.clear();  // only its own can be there
  loop_.forget(*this);
  socket_.close();
}

void Wire::reset_on_close() {
  const linger at_once{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace hopcost::mockserver
