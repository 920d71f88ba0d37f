/// Reads paced streams and says how far their events came from where they should be. Prints one
/// line of JSON; times in nanoseconds.
///
///   gap_probe --port N --streams N --gap-us N --request FILE
///             (--seconds N | --chunks N) [--ramp N] [--spin 0|1] [--hold 0|1]
///
/// Stream i of N starts i/N of a gap after the others' beat, so that due times are spread evenly;
/// the starts themselves are dealt over `ramp` gaps. Event 0 of a stream is the role, the others
/// are content. The error of a gap is |gap - asked|; drift is last - first - (chunks - 1) x asked.
///   --seconds  measures a window that begins when all streams have started; prints "measuring"
///   then.
///              Streams must outlast it.
///   --chunks   reads each stream up to so many content events and also gives the drift over them.
///   --spin 1   never sleeps: its own wake-up is not part of what it sees.
///   --hold 1   keeps the streams open after the result, until standard input ends.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "tests/bench/event_reader.hpp"
#include "tests/bench/sockets.hpp"

namespace {

using namespace hopcost::bench;

struct Plan {
  std::uint16_t port = 0;
  std::size_t streams = 1;
  std::int64_t gap_ns = 20'000'000;
  std::int64_t window_ns = 0;  ///< 0: by chunks
  std::int64_t chunks = 0;     ///< 0: by time
  std::int64_t ramp = 1;
  bool spin = true;
};

struct Stream {
  int fd = -1;
  EventReader reader;
  std::int64_t start_ns = 0;
  std::int64_t events = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
};

/// The `share` (0 to 1) quantile; reorders the values.
std::int64_t quantile(std::vector<std::int64_t>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

class Probe {
 public:
  Probe(const Plan& plan, std::string request)
      : plan_(plan),
        request_(std::move(request)),
        epoll_(static_cast<int>(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))),
        streams_(plan.streams) {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i].fd = connect_to(plan_.port);
      watch(epoll_, streams_[i].fd, i);
    }
    errors_.reserve(1'000'000);
  }

  void run() {
    schedule();
    while (!finished()) {
      start_what_is_due();
      wait_and_read();
      if (plan_.window_ns > 0 && !measuring_ && now_ns() >= window_start_ns_) begin_window();
    }
    window_took_ns_ = now_ns() - window_start_ns_;
    cpu_used_ns_ = cpu_ns() - cpu_at_start_ns_;
  }

  void print() {
    const auto gaps = static_cast<std::int64_t>(errors_.size());
    if (gaps == 0) die("there was no gap to measure");
    std::printf(R"({"streams":%zu,"gaps":%jd,"gap_mean_ns":%.1f,"error_p50_ns":%jd,)"
                R"("error_p99_ns":%jd,"error_max_ns":%jd,)",
                streams_.size(), static_cast<std::intmax_t>(gaps),
                static_cast<double>(gap_sum_ns_) / static_cast<double>(gaps),
                static_cast<std::intmax_t>(quantile(errors_, 0.5)),
                static_cast<std::intmax_t>(quantile(errors_, 0.99)),
                static_cast<std::intmax_t>(*std::ranges::max_element(errors_)));
    std::printf(R"("drifts":%zu,"drift_p50_ns":%jd,"drift_max_ns":%jd,"took_ns":%jd,"cpu_ns":%jd})"
                "\n",
                drifts_.size(), static_cast<std::intmax_t>(quantile(drifts_, 0.5)),
                static_cast<std::intmax_t>(quantile(drifts_, 1)),
                static_cast<std::intmax_t>(window_took_ns_),
                static_cast<std::intmax_t>(cpu_used_ns_));
    std::fflush(stdout);
  }

 private:
  void schedule() {
    const std::int64_t now = now_ns();
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const auto phase = index * plan_.gap_ns / static_cast<std::int64_t>(streams_.size());
      streams_[i].start_ns = now + phase + index % plan_.ramp * plan_.gap_ns;
    }
    to_start_.resize(streams_.size());
    std::iota(to_start_.begin(), to_start_.end(), 0U);
    std::ranges::sort(to_start_, std::greater{}, [this](auto i) { return streams_[i].start_ns; });
    // Two gaps after the last start every stream is under way.
    window_start_ns_ = now + (plan_.ramp + 2) * plan_.gap_ns;
    measuring_ = plan_.window_ns == 0;
    if (measuring_) window_start_ns_ = now;
    cpu_at_start_ns_ = cpu_ns();
  }

  void start_what_is_due() {
    while (!to_start_.empty() && streams_[to_start_.back()].start_ns <= now_ns()) {
      send_request(streams_[to_start_.back()].fd, request_);
      to_start_.pop_back();
    }
  }

  void wait_and_read() {
    // While starts are due at exact times it must not sleep; later only the window's end is.
    const bool poll_only = plan_.spin || !to_start_.empty() || !measuring_;
    std::array<epoll_event, 256> ready{};
    const auto count = epoll_wait(epoll_, ready.data(), ready.size(), poll_only ? 0 : 5);
    if (count < 0 && errno == EINTR) return;
    for (std::int64_t i = 0; i < checked(count, "epoll_wait"); ++i) {
      read_some(streams_[ready[static_cast<std::size_t>(i)].data.u64]);
    }
    if (now_ns() > window_start_ns_ + 120'000'000'000) die("not finished after two minutes");
  }

  void read_some(Stream& stream) {
    const auto got = recv(stream.fd, buffer_.data(), buffer_.size(), 0);
    const std::int64_t now = now_ns();
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (checked(got, "recv") == 0) die("the server closed a stream");
    std::size_t events = stream.reader.feed({buffer_.data(), static_cast<std::size_t>(got)});
    if (stream.reader.failed()) die("an answer was not a stream");
    if (stream.reader.done() && plan_.chunks == 0) die("a stream ended before the window");
    for (; events > 0; --events) on_event(stream, now);
    if (stream.reader.done() && stream.events <= plan_.chunks) die("a stream was too short");
  }

  void on_event(Stream& stream, std::int64_t now) {
    const std::int64_t content = stream.events++;  // event 0 is the role
    if (content == 0 || (plan_.chunks > 0 && content > plan_.chunks)) return;
    if (content == 1) {
      stream.first_ns = now;
    } else if (measuring_) {
      const std::int64_t gap = now - stream.last_ns;
      gap_sum_ns_ += gap;
      errors_.push_back(std::abs(gap - plan_.gap_ns));
    }
    stream.last_ns = now;
    if (content == plan_.chunks) {
      drifts_.push_back(std::abs(now - stream.first_ns - (content - 1) * plan_.gap_ns));
    }
  }

  void begin_window() {
    measuring_ = true;
    std::puts("measuring");
    std::fflush(stdout);
    window_start_ns_ = now_ns();
    cpu_at_start_ns_ = cpu_ns();
  }

  [[nodiscard]] bool finished() const {
    if (plan_.chunks > 0) return drifts_.size() == streams_.size();
    return measuring_ && now_ns() >= window_start_ns_ + plan_.window_ns;
  }

  Plan plan_;
  std::string request_;
  int epoll_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> to_start_;  ///< streams, the next to start at the back
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
  bool measuring_ = false;
  std::int64_t window_start_ns_ = 0;
  std::int64_t window_took_ns_ = 0;
  std::int64_t cpu_at_start_ns_ = 0;
  std::int64_t cpu_used_ns_ = 0;
  std::int64_t gap_sum_ns_ = 0;
  std::vector<std::int64_t> errors_;
  std::vector<std::int64_t> drifts_;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  Plan plan;
  plan.port = static_cast<std::uint16_t>(arguments.number("port", 0));
  plan.streams = static_cast<std::size_t>(arguments.number("streams", 1));
  plan.gap_ns = arguments.number("gap-us", 20'000) * 1'000;
  plan.window_ns = arguments.number("seconds", 0) * 1'000'000'000;
  plan.chunks = arguments.number("chunks", 0);
  plan.ramp = arguments.number("ramp", 1);
  plan.spin = arguments.number("spin", 1) != 0;
  const bool hold = arguments.number("hold", 0) != 0;
  const std::string request = file_text(arguments.text("request"));
  arguments.refuse_others();
  if ((plan.window_ns > 0) == (plan.chunks > 0)) die("give either --seconds or --chunks");
  if (plan.streams == 0 || plan.gap_ns == 0 || plan.ramp == 0 || plan.chunks == 1) {
    die("--streams, --gap-us and --ramp must be at least 1, --chunks at least 2");
  }

  Probe probe(plan, request);
  probe.run();
  probe.print();
  char byte = 0;
  while (hold && read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
