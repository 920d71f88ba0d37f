#include "tests/support/peer.hpp"

#include <arpa/inet.h>
#include <cctype>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace hopcost::test {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::size_t parse_size(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

sockaddr_in local_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int Message::status() const {
  return static_cast<int>(parse_size(std::string_view(head).substr(9, 3), 10));
}

std::optional<std::string> Message::field(std::string_view name) const {
  const auto at = lower(head).find("\r\n" + lower(name) + ":");
  if (at == std::string::npos) return std::nullopt;
  auto begin = at + 2 + name.size() + 1;
  while (head[begin] == ' ') ++begin;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Peer::Peer(int fd) : fd_(fd) {
  const timeval limit{20, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Peer::~Peer() {
  ::close(fd_);
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    sent_ += static_cast<std::size_t>(n);
  }
  return true;
}

bool Peer::can_send() const {
  pollfd wanted{fd_, POLLOUT, 0};
  return ::poll(&wanted, 1, 300) == 1;
}

bool Peer::fill() {
  char buffer[16384];
  const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  pending_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

std::string Peer::read_bytes(std::size_t size) {
  while (pending_.size() < size && fill()) {
  }
  auto out = pending_.substr(0, size);
  pending_.erase(0, size);
  return out;
}

std::string Peer::read_some() {
  if (pending_.empty()) fill();
  return std::exchange(pending_, {});
}

std::string Peer::read_to_end() {
  while (fill()) {
  }
  return std::exchange(pending_, {});
}

std::optional<Message> Peer::read_message(bool no_body) {
  Message message;
  std::size_t end = 0;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  message.head = read_bytes(end + 4);
  if (no_body) return message;
  if (message.field("Transfer-Encoding")) {
    if (!read_chunks(message)) return std::nullopt;
  } else if (const auto length = message.field("Content-Length")) {
    const auto size = parse_size(*length, 10);
    message.body = read_bytes(size);
    if (message.body.size() < size) return std::nullopt;
  }
  return message;
}

bool Peer::read_chunks(Message& message) {
  while (true) {
    std::size_t eol = 0;
    while ((eol = pending_.find("\r\n")) == std::string::npos) {
      if (!fill()) return false;
    }
    const auto size = parse_size(std::string_view(pending_).substr(0, eol), 16);
    read_bytes(eol + 2).clear();
    auto chunk = read_bytes(size + 2);
    if (chunk.size() != size + 2 || !chunk.ends_with("\r\n")) return false;
    if (size == 0) return true;
    chunk.resize(size);
    message.body += chunk;
    message.chunks.push_back(std::move(chunk));
  }
}

void Peer::shutdown() {
  ::shutdown(fd_, SHUT_RDWR);
}

void Peer::reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(fd_, -1));
}

std::unique_ptr<Peer> connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = local_address(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    throw std::runtime_error("cannot connect to the server under test");
  }
  return std::make_unique<Peer>(fd);
}

Upstream::Upstream(Script script)
    : script_(std::move(script)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto address = local_address(0);
  socklen_t size = sizeof address;
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd_, 64) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the scripted upstream cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

void Upstream::accept_all() {
  while (true) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    auto peer = std::make_shared<Peer>(fd);
    const int number = ++connections_;
    const std::lock_guard lock(mutex_);
    peers_.push_back(peer);
    threads_.emplace_back([this, peer, number] {
      script_(*peer, number);
      peer->shutdown();
    });
  }
}

std::size_t Upstream::bytes_sent() const {
  const std::lock_guard lock(mutex_);
  std::size_t total = 0;
  for (const auto& peer : peers_) total += peer->bytes_sent();
  return total;
}

Upstream::~Upstream() {
  ::shutdown(fd_, SHUT_RDWR);
  acceptor_.join();
  for (const auto& peer : peers_) peer->shutdown();
  for (auto& thread : threads_) thread.join();
  ::close(fd_);
}

Upstream::Script answer_all(std::function<std::string(const Message&)> answer) {
  return [answer = std::move(answer)](Peer& peer, int) {
    while (const auto request = peer.read_message()) peer.send(answer(*request));
  };
}

std::string ok_reply(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

std::string chunked_reply(const std::vector<std::string>& chunks) {
  std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto& chunk : chunks) out += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  return out + "0\r\n\r\n";
}

std::string echo(const Message& request) {
  return ok_reply(request.head + request.body);
}

std::string Upstream::host_field() const {
  return fmt::format("Host: 127.0.0.1:{}\r\n", port_);
}

}  // namespace hopcost::test
