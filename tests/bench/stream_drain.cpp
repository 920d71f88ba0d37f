/// Asks for the same stream again and again on every connection and throws it away: a client that
/// costs little, so that the server's CPU is what runs out. Prints one line of JSON.
///
///   stream_drain --port N --connections N --seconds N --request FILE [--rest-us N]
///
/// After each look at all its sockets it sleeps for `rest-us` (default 500), so that bytes gather:
/// a client that is woken for every event makes the server pay for waking it, on a virtual machine
/// more than for the event. Receive buffers hold many times what comes in such a pause.
///
/// When the time is over no new stream is asked for, and those under way are read to their end:
/// every event the server paid for is counted.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

#include "tests/bench/event_reader.hpp"
#include "tests/bench/sockets.hpp"

namespace {

using namespace hopcost::bench;

constexpr int kPatienceMs = 30'000;

struct Stream {
  int fd = -1;
  EventReader reader;
};

struct Totals {
  std::uint64_t requests = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::uint64_t reads = 0;
};

class Drain {
 public:
  Drain(std::uint16_t port, std::size_t connections, std::int64_t rest_ns, std::string request)
      : epoll_(static_cast<int>(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))),
        rest_{0, static_cast<long>(rest_ns)},
        request_(std::move(request)),
        streams_(connections) {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i].fd = connect_to(port);
      watch(epoll_, streams_[i].fd, i);
    }
  }

  Totals run(std::int64_t until_ns) {
    for (const Stream& stream : streams_) send_request(stream.fd, request_);
    std::size_t under_way = streams_.size();
    std::array<epoll_event, 256> ready{};
    while (under_way > 0) {
      const auto count = epoll_wait(epoll_, ready.data(), ready.size(), kPatienceMs);
      if (count == 0) die("no byte came in 30 s");
      if (count < 0 && errno == EINTR) continue;
      for (std::int64_t i = 0; i < checked(count, "epoll_wait"); ++i) {
        Stream& stream = streams_[ready[static_cast<std::size_t>(i)].data.u64];
        read_some(stream);
        if (!stream.reader.done()) continue;
        ++totals_.requests;
        stream.reader.reset();
        if (now_ns() < until_ns) {
          send_request(stream.fd, request_);
        } else {
          --under_way;
        }
      }
      if (rest_.tv_nsec > 0) nanosleep(&rest_, nullptr);
    }
    return totals_;
  }

 private:
  void read_some(Stream& stream) {
    const auto got = recv(stream.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (checked(got, "recv") == 0) die("the server closed a connection");
    const auto size = static_cast<std::size_t>(got);
    ++totals_.reads;
    totals_.bytes += size;
    totals_.events += stream.reader.feed({buffer_.data(), size});
    if (stream.reader.failed()) die("an answer was not a stream");
  }

  int epoll_;
  timespec rest_;
  std::string request_;
  std::vector<Stream> streams_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  Totals totals_;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const auto port = static_cast<std::uint16_t>(arguments.number("port", 0));
  const auto connections = static_cast<std::size_t>(arguments.number("connections", 64));
  const std::int64_t seconds = arguments.number("seconds", 2);
  const std::int64_t rest_ns =
      std::min<std::int64_t>(arguments.number("rest-us", 500), 100'000) * 1'000;
  const std::string request = file_text(arguments.text("request"));
  arguments.refuse_others();

  Drain drain(port, connections, rest_ns, request);
  const std::int64_t began = now_ns();
  const Totals totals = drain.run(began + seconds * 1'000'000'000);
  std::printf(R"({"requests":%ju,"events":%ju,"bytes":%ju,"reads":%ju,"took_ns":%jd,"cpu_ns":%jd})"
              "\n",
              static_cast<std::uintmax_t>(totals.requests),
              static_cast<std::uintmax_t>(totals.events), static_cast<std::uintmax_t>(totals.bytes),
              static_cast<std::uintmax_t>(totals.reads),
              static_cast<std::intmax_t>(now_ns() - began), static_cast<std::intmax_t>(cpu_ns()));
  return 0;
}
