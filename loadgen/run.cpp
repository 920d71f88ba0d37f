#include "loadgen/run.hpp"

#include <algorithm>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "loadgen/worker.hpp"

namespace hopcost::loadgen {
namespace {

Result<std::vector<Tcp::endpoint>> resolve(const std::vector<ApiBase>& targets) {
  asio::io_context context{1};
  Tcp::resolver resolver(context);
  std::vector<Tcp::endpoint> peers;
  for (const auto& target : targets) {
    error_code ec;
    const auto found =
        resolver.resolve(target.address.host, std::to_string(target.address.port), ec);
    if (ec || found.empty()) {
      return fail(ErrorCode::unreachable, ec ? ec.message() : "no address", target.url());
    }
    peers.push_back(found.begin()->endpoint());
  }
  return peers;
}

/// Threads of one run meet here: all connect, then all start at the same instant.
struct Meeting {
  explicit Meeting(int threads) : connected(threads) {}
  std::latch connected;
  std::promise<std::optional<Window>> start;
  std::mutex mutex;
  std::optional<Error> error;  ///< of the first thread that failed
};

void run_worker(const Options& options, Worker& worker, Meeting& meeting,
                const std::shared_future<std::optional<Window>>& start,
                const std::stop_token& stop) {
  auto ready = pin_current_thread(options.cpus);
  if (ready) ready = worker.connect();
  if (!ready) {
    const std::scoped_lock lock(meeting.mutex);
    if (!meeting.error) meeting.error = ready.error();
  }
  meeting.connected.count_down();
  if (const auto window = start.get()) worker.drive(*window, stop);
}

}  // namespace

Result<RunResult> run(const Options& options, const std::stop_token& stop) {
  auto peers = resolve(options.targets);
  if (!peers) return std::unexpected(peers.error());

  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.threads; ++i) {
    workers.push_back(std::make_unique<Worker>(options, *peers, i));
  }
  Meeting meeting(options.threads);
  const auto start = meeting.start.get_future().share();
  std::vector<std::jthread> threads;
  for (auto& worker : workers) {
    threads.emplace_back([&options, &meeting, &start, &stop, &worker] {
      run_worker(options, *worker, meeting, start, stop);
    });
  }
  meeting.connected.wait();
  std::optional<Window> window;
  if (!meeting.error) {
    constexpr Nanos kLead = 200 * kMicrosecond;  // for every thread to wake up
    window.emplace();
    window->start = now_ns() + kLead;
    window->from = window->start + options.warmup;
    window->to = window->from + options.duration;
  }
  meeting.start.set_value(window);
  threads.clear();  // joins
  if (meeting.error) return std::unexpected(*meeting.error);

  RunResult total;
  for (const auto& worker : workers) total.merge(worker->result());
  if (options.open_loop()) {
    const auto profile = options.rate_profile();
    total.offered_per_s =
        (profile.expected(options.warmup + options.duration) - profile.expected(options.warmup)) *
        kSecond / static_cast<double>(options.duration);
  }
  return total;
}

}  // namespace hopcost::loadgen
