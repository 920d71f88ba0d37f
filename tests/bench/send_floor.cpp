/// The floor of an unpaced stream: about the least a server can do and still send one event a
/// write. One thread, one epoll; a request of any kind is answered with the same chunked stream of
/// server-sent events, sent one by one from one buffer, some of a connection's before the next
/// connection has its turn. What it costs is what the system asks for so many writes.
///
///   send_floor --events N --event-bytes N [--port N]
///
/// It shares no code with mockserver. Ends when it gets a signal.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

#include "tests/bench/made_events.hpp"
#include "tests/bench/sockets.hpp"

namespace {

using namespace hopcost::bench;

constexpr int kBurst = 16;

class Floor {
 public:
  Floor(int listener, std::int64_t events, std::size_t event_bytes)
      : epoll_(static_cast<int>(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))),
        listener_(listener),
        events_(events),
        event_(http_chunk(made_event(event_bytes))) {
    watch(epoll_, listener_, static_cast<std::uint64_t>(listener_));
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> ready{};
    while (true) {
      // While streams are under way it only looks; with nothing to send it sleeps.
      const auto count = epoll_wait(epoll_, ready.data(), ready.size(), may_send() ? 0 : -1);
      if (count < 0 && errno == EINTR) continue;
      for (std::int64_t i = 0; i < checked(count, "epoll_wait"); ++i) {
        on_ready(static_cast<int>(ready[static_cast<std::size_t>(i)].data.u64));
      }
      for (auto& [fd, to_send] : to_send_) burst(fd, to_send);
      for (const int fd : gone_) {
        close(fd);
        to_send_.erase(fd);
      }
      gone_.clear();
    }
  }

 private:
  [[nodiscard]] bool may_send() const {
    return std::any_of(to_send_.begin(), to_send_.end(),
                       [](const auto& stream) { return stream.second > 0; });
  }

  void on_ready(int fd) {
    if (fd == listener_) {
      const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0) return;
      to_send_[accepted] = 0;
      watch(epoll_, accepted, static_cast<std::uint64_t>(accepted));
      return;
    }
    std::array<char, 16 * 1024> bytes{};
    const auto got = recv(fd, bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      gone_.push_back(fd);
      return;
    }
    // A benchmark's request is one packet, and comes when its last answer has ended.
    static const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (send_all(fd, head)) to_send_[fd] = events_;
  }

  void burst(int fd, std::int64_t& to_send) {
    for (int i = 0; i < kBurst && to_send > 0; ++i) {
      if (!send_all(fd, event_)) return;
      if (--to_send == 0) send_all(fd, http_chunk("data: [DONE]\n\n") + "0\r\n\r\n");
    }
  }

  /// False where the socket is full or gone. A part of an event is never left behind: the client
  /// reads faster than a socket's buffer fills, or the figure means nothing and the program ends.
  bool send_all(int fd, const std::string& bytes) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<std::int64_t>(bytes.size())) return true;
    if (sent >= 0) die("a socket took a part of an event: the client does not keep up");
    if (errno != EAGAIN) gone_.push_back(fd);
    return false;
  }

  int epoll_;
  int listener_;
  std::int64_t events_;
  std::string event_;
  std::unordered_map<int, std::int64_t> to_send_;  ///< content events to come, by socket
  std::vector<int> gone_;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  auto port = static_cast<std::uint16_t>(arguments.number("port", 0));
  const std::int64_t events = std::max<std::int64_t>(1, arguments.number("events", 1'000));
  const auto event_bytes = static_cast<std::size_t>(arguments.number("event-bytes", 200));
  arguments.refuse_others();

  const int listener = listen_on(port);
  std::printf("listening on http://127.0.0.1:%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  Floor(listener, events, event_bytes).run();
}
