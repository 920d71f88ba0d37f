/// The floor of pacing: about the least a server can do and still send one event every so often.
/// One thread, one epoll, one periodic timerfd a connection, whose deadlines are absolute. Whatever
/// request comes is answered with the same chunked stream of server-sent events: a role event and
/// the first content event at once, then one content event at each deadline. But a GET is answered
/// with how late the events since the GET before were sent, as JSON; times in nanoseconds.
///
///   timerfd_floor --gap-us N --events N --event-bytes N [--port N]
///
/// It shares no code with mockserver. Ends when it gets a signal.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

#include "tests/bench/made_events.hpp"
#include "tests/bench/sockets.hpp"

namespace {

using namespace hopcost::bench;

struct Connection {
  int fd = -1;
  int timer = -1;
  std::string head;          ///< of the request, until it is complete
  std::int64_t to_send = 0;  ///< content events still to come
  std::int64_t due_ns = 0;   ///< when the next one is
};

class Floor {
 public:
  Floor(int listener, std::int64_t gap_ns, std::int64_t events, std::size_t event_bytes)
      : epoll_(static_cast<int>(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))),
        listener_(listener),
        gap_ns_(gap_ns),
        events_(events),
        event_(http_chunk(made_event(event_bytes))),
        first_(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n" +
            event_ + event_),
        last_(http_chunk("data: [DONE]\n\n") + "0\r\n\r\n") {
    watch(epoll_, listener_, static_cast<std::uint64_t>(listener_));
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> ready{};
    while (true) {
      const auto count = epoll_wait(epoll_, ready.data(), ready.size(), -1);
      if (count < 0 && errno == EINTR) continue;
      for (std::int64_t i = 0; i < checked(count, "epoll_wait"); ++i) {
        on_ready(static_cast<int>(ready[static_cast<std::size_t>(i)].data.u64));
      }
    }
  }

 private:
  void on_ready(int fd) {
    if (fd == listener_) return accept_all();
    const auto found = owners_.find(fd);
    if (found == owners_.end()) return;  // closed earlier in this batch
    const std::shared_ptr<Connection> connection = found->second;
    if (fd == connection->timer) {
      on_timer(*connection);
    } else {
      on_request(*connection);
    }
  }

  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      auto connection = std::make_shared<Connection>();
      connection->fd = fd;
      connection->timer = static_cast<int>(
          checked(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create"));
      owners_[fd] = connection;
      owners_[connection->timer] = connection;
      watch(epoll_, fd, static_cast<std::uint64_t>(fd));
      watch(epoll_, connection->timer, static_cast<std::uint64_t>(connection->timer));
    }
  }

  /// The end of the head is taken for the end of the request: a benchmark's request is one packet.
  void on_request(Connection& connection) {
    std::array<char, 16 * 1024> bytes{};
    const auto got = recv(connection.fd, bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0 || connection.head.size() > bytes.size()) return close_both(connection);
    connection.head.append(bytes.data(), static_cast<std::size_t>(got));
    if (connection.head.find("\r\n\r\n") == std::string::npos) return;
    const bool asks = connection.head.starts_with("GET ");
    connection.head.clear();
    if (asks) {
      send_all(connection, report());
      return;
    }
    connection.to_send = events_ - 1;
    connection.due_ns = now_ns() + gap_ns_;
    set_timer(connection, connection.due_ns, gap_ns_);
    send_all(connection, first_);
  }

  /// An answer with the lateness since the last one.
  std::string report() {
    std::ranges::sort(lateness_);
    const auto at = [this](std::size_t per_mille) {
      if (lateness_.empty()) return std::intmax_t{0};
      return static_cast<std::intmax_t>(lateness_[(lateness_.size() - 1) * per_mille / 1'000]);
    };
    std::array<char, 128> json{};
    std::snprintf(json.data(), json.size(), R"({"count":%zu,"p50":%jd,"p99":%jd})",
                  lateness_.size(), at(500), at(990));
    lateness_.clear();
    const std::string body = json.data();
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  void on_timer(Connection& connection) {
    std::uint64_t due = 0;
    if (read(connection.timer, &due, sizeof due) != sizeof due) return;
    for (; due > 0 && connection.to_send > 0; --due) {
      --connection.to_send;
      lateness_.push_back(now_ns() - connection.due_ns);
      connection.due_ns += gap_ns_;
      if (!send_all(connection, event_)) return;
    }
    if (connection.to_send > 0) return;
    set_timer(connection, 0, 0);
    send_all(connection, last_);
  }

  static void set_timer(const Connection& connection, std::int64_t first_ns,
                        std::int64_t every_ns) {
    const auto time = [](std::int64_t ns) {
      return timespec{ns / 1'000'000'000, static_cast<long>(ns % 1'000'000'000)};
    };
    const itimerspec when{time(every_ns), time(first_ns)};
    checked(timerfd_settime(connection.timer, TFD_TIMER_ABSTIME, &when, nullptr),
            "timerfd_settime");
  }

  /// False when the client left or does not read; the connection is closed then.
  bool send_all(Connection& connection, const std::string& bytes) {
    const auto sent = send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<std::int64_t>(bytes.size())) return true;
    close_both(connection);
    return false;
  }

  void close_both(const Connection& connection) {
    const int fd = connection.fd;
    const int timer = connection.timer;
    close(fd);
    close(timer);
    owners_.erase(timer);
    owners_.erase(fd);
  }

  int epoll_;
  int listener_;
  std::int64_t gap_ns_;
  std::int64_t events_;
  std::string event_;
  std::string first_;
  std::string last_;
  std::unordered_map<int, std::shared_ptr<Connection>> owners_;  ///< by socket and by timer
  std::vector<std::int64_t> lateness_;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  auto port = static_cast<std::uint16_t>(arguments.number("port", 0));
  const std::int64_t gap_ns = std::max<std::int64_t>(1, arguments.number("gap-us", 20'000)) * 1'000;
  const std::int64_t events = std::max<std::int64_t>(1, arguments.number("events", 1'000));
  const auto event_bytes = static_cast<std::size_t>(arguments.number("event-bytes", 200));
  arguments.refuse_others();

  const int listener = listen_on(port);
  std::printf("listening on http://127.0.0.1:%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  Floor(listener, gap_ns, events, event_bytes).run();
}
