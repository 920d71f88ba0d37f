#include "tests/bench/sockets.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hopcost::bench {
namespace {

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void make_prompt(int fd) {
  const int on = 1;
  checked(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

}  // namespace

Arguments::Arguments(int argc, char** argv) {
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (!name.starts_with("--") || i + 1 == argc) die("expected --name value at " + name);
    given_[name.substr(2)] = argv[i + 1];
  }
}

std::int64_t Arguments::number(const std::string& name, std::int64_t otherwise) {
  const auto found = given_.extract(name);
  if (found.empty()) return otherwise;
  const std::string& text = found.mapped();
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value < 0) {
    die("--" + name + ": not a number: " + text);
  }
  return value;
}

std::string Arguments::text(const std::string& name) {
  const auto found = given_.extract(name);
  if (found.empty()) die("--" + name + " is needed");
  return found.mapped();
}

void Arguments::refuse_others() const {
  if (!given_.empty()) die("unknown option --" + given_.begin()->first);
}

void die(const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, message.c_str());
  std::exit(1);
}

std::int64_t checked(std::int64_t result, const char* what) {
  if (result < 0) die(std::string(what) + ": " + std::strerror(errno));
  return result;
}

std::int64_t now_ns() {
  return clock_ns(CLOCK_MONOTONIC);
}

std::int64_t cpu_ns() {
  return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) die("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int connect_to(std::uint16_t port) {
  const int fd =
      static_cast<int>(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr_in address = loopback(port);
  checked(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  checked(fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  make_prompt(fd);
  return fd;
}

int listen_on(std::uint16_t& port) {
  const int fd = static_cast<int>(
      checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  const int on = 1;
  checked(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  sockaddr_in address = loopback(port);
  socklen_t length = sizeof address;
  checked(bind(fd, reinterpret_cast<const sockaddr*>(&address), length), "bind");
  checked(listen(fd, SOMAXCONN), "listen");
  checked(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  port = ntohs(address.sin_port);
  make_prompt(fd);  // what it accepts inherits this
  return fd;
}

void watch(int epoll, int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void send_request(int fd, const std::string& request) {
  const auto sent = checked(send(fd, request.data(), request.size(), MSG_NOSIGNAL), "send");
  if (static_cast<std::size_t>(sent) != request.size()) die("a request was sent in part only");
}

}  // namespace hopcost::bench
