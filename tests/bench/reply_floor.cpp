/// Asks for the same plain reply again and again on every connection, with one send and one recv a
/// request and nothing else: no clock, no parsing beyond the reply's length. The least that a
/// client of that shape costs, to be read beside loadgen and wrk. Prints one line of JSON.
///
///   reply_floor --port N --connections N --seconds N --request FILE
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

#include "tests/bench/sockets.hpp"

namespace {

using namespace hopcost::bench;

constexpr int kPatienceMs = 30'000;
constexpr std::uint64_t kClockEvery = 64;  // requests between two looks at the clock

struct Connection {
  int fd = -1;
  std::size_t missing = 0;  ///< bytes of a reply whose beginning has come
};

/// Of a reply whose head is there; ends the program where it is not.
std::size_t length_of(std::string_view head) {
  const auto end = head.find("\r\n\r\n");
  auto at = head.find("ontent-Length: ");
  if (at == std::string_view::npos) at = head.find("ontent-length: ");
  if (end == std::string_view::npos || at == std::string_view::npos || at > end) {
    die("a reply began with something else than a head with its length");
  }
  constexpr std::string_view kName = "ontent-Length: ";
  std::size_t body = 0;
  std::from_chars(head.data() + at + kName.size(), head.data() + end, body);
  return end + 4 + body;
}

class Floor {
 public:
  Floor(std::uint16_t port, std::size_t connections, std::string request)
      : epoll_(static_cast<int>(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))),
        request_(std::move(request)),
        connections_(connections) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = connect_to(port);
      watch(epoll_, connections_[i].fd, i);
    }
  }

  std::uint64_t run(std::int64_t until_ns) {
    for (const auto& connection : connections_) send_request(connection.fd, request_);
    std::size_t under_way = connections_.size();
    std::array<epoll_event, 256> ready{};
    bool over = false;
    while (under_way > 0) {
      const auto count = epoll_wait(epoll_, ready.data(), ready.size(), kPatienceMs);
      if (count == 0) die("no byte came in 30 s");
      if (count < 0 && errno == EINTR) continue;
      for (std::int64_t i = 0; i < checked(count, "epoll_wait"); ++i) {
        auto& connection = connections_[ready[static_cast<std::size_t>(i)].data.u64];
        if (!read_some(connection)) continue;
        if (++requests_ % kClockEvery == 0) over = now_ns() >= until_ns;
        if (over) {
          --under_way;
        } else {
          send_request(connection.fd, request_);
        }
      }
    }
    return requests_;
  }

 private:
  /// Whether the reply is complete.
  bool read_some(Connection& connection) {
    const auto got = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (checked(got, "recv") == 0) die("the server closed a connection");
    const auto size = static_cast<std::size_t>(got);
    if (connection.missing == 0) connection.missing = length_of({buffer_.data(), size});
    if (size > connection.missing) die("more than a reply came");
    connection.missing -= size;
    return connection.missing == 0;
  }

  int epoll_;
  std::string request_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  std::uint64_t requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const auto port = static_cast<std::uint16_t>(arguments.number("port", 0));
  const auto connections = static_cast<std::size_t>(arguments.number("connections", 64));
  const std::int64_t seconds = arguments.number("seconds", 2);
  const std::string request = file_text(arguments.text("request"));
  arguments.refuse_others();

  Floor floor(port, connections, request);
  const auto requests = floor.run(now_ns() + seconds * 1'000'000'000);
  std::printf("{\"requests\":%ju,\"cpu_ns\":%jd}\n", static_cast<std::uintmax_t>(requests),
              static_cast<std::intmax_t>(cpu_ns()));
  return 0;
}
