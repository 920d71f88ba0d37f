#include "loadgen/run.hpp"

#include <algorithm>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "common/asio.hpp"
#include "loadgen/calibration.hpp"
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

Window window_for(const Options& options, Nanos start) {
  Window window;
  window.start = start;
  window.from = start + options.warmup;
  window.to = window.from + options.duration;
  window.until = window.to + options.cooldown;
  Nanos end = window.from;
  for (std::size_t i = 0; i + 1 < options.stages.size(); ++i) {
    end += options.stages[i].duration;
    window.stage_ends.push_back(end);
  }
  return window;
}

/// When all threads begin, by the monotonic clock.
Nanos start_of(const Options& options) {
  constexpr Nanos kLead = 200 * kMicrosecond;  // for every thread to wake up
  const Nanos soon = now_ns() + kLead;
  if (options.start_at == 0) return soon;
  return std::max(soon, now_ns() + options.start_at - epoch_now_ns());
}

/// What was asked for stands beside what was measured.
void add_offered(const Options& options, std::size_t trace, RunResult& total) {
  if (!options.open_loop()) return;
  if (options.replay) {
    total.offered_per_s = static_cast<double>(trace) * kSecond /
                          static_cast<double>(options.duration) / options.shares;
    return;
  }
  const auto profile = options.rate_profile();
  total.offered_per_s =
      (profile.expected(options.warmup + options.duration) - profile.expected(options.warmup)) *
      kSecond / static_cast<double>(options.duration) / options.shares;
  for (std::size_t i = 0; i < total.stages.size(); ++i) {
    auto& stage = total.stages[i];
    stage.rate_per_s =
        (options.stages[i].from_per_s + options.stages[i].to_per_s) / 2 / options.shares;
    stage.measured.offered_per_s = stage.rate_per_s;
    // Stages that begin within a second share it; it is the earlier one's.
    const auto second_of = [&](Nanos at) {
      return std::min(total.seconds.size(),
                      static_cast<std::size_t>((at - total.start_ns + kSecond - 1) / kSecond));
    };
    const auto begin = second_of(stage.measured.start_ns);
    const auto end = i + 1 == total.stages.size()
                         ? total.seconds.size()
                         : second_of(total.stages[i + 1].measured.start_ns);
    stage.seconds.assign(total.seconds.begin() + static_cast<std::ptrdiff_t>(begin),
                         total.seconds.begin() + static_cast<std::ptrdiff_t>(std::max(begin, end)));
  }
}

}  // namespace

Result<RunResult> run(const Options& options, const std::stop_token& stop, Watcher* watcher) {
  auto peers = resolve(options.targets);
  if (!peers) return std::unexpected(peers.error());
  std::shared_ptr<const std::vector<DatasetEntry>> entries;
  if (!options.dataset.empty()) {
    auto read = read_dataset(options.dataset);
    if (!read) return std::unexpected(read.error());
    entries = std::make_shared<const std::vector<DatasetEntry>>(std::move(*read));
  }
  Workload workload(options, entries);
  Calibration calibration;
  if (options.calibrate) {
    auto found = calibrate(options, stop);
    if (!found) return std::unexpected(found.error());
    calibration = *found;
    workload.calibrate(calibration.extra, calibration.per_word);
  }
  std::optional<Tls> tls;
  if (std::ranges::any_of(options.targets, &ApiBase::tls)) {
    auto made = Tls::make(options);
    if (!made) return std::unexpected(made.error());
    tls.emplace(std::move(*made));
  }
  const Shared shared{options,           workload, entries,
                      std::move(*peers), watcher,  tls ? &*tls : nullptr};

  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.threads; ++i) workers.push_back(std::make_unique<Worker>(shared, i));
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
  if (!meeting.error) window = window_for(options, start_of(options));
  meeting.start.set_value(window);
  threads.clear();  // joins
  if (meeting.error) return std::unexpected(*meeting.error);

  RunResult total;
  for (const auto& worker : workers) total.merge(worker->result());
  add_offered(options, entries ? entries->size() : 0, total);
  total.tokens_extra = calibration.extra;
  total.tokens_per_word = calibration.per_word;
  return total;
}

}  // namespace hopcost::loadgen
