#include "mockserver/server/server.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "mockserver/server/admin.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

std::size_t thread_count(const ServerOptions& options) {
  if (options.threads > 0) return static_cast<std::size_t>(options.threads);
  return std::max<std::size_t>(1,
                               options.cpus.empty() ? allowed_cpus().size() : options.cpus.size());
}

Result<void> check_cpus(const CpuSet& wanted) {
  const auto allowed = allowed_cpus();
  for (const int cpu : wanted) {
    if (std::ranges::find(allowed, cpu) == allowed.end()) {
      return fail(ErrorCode::usage, fmt::format("--cpus: CPU {} cannot be used here, only {}", cpu,
                                                cpu_list_text(allowed)));
    }
  }
  return {};
}

Result<Tcp::endpoint> resolve(asio::io_context& context, const HostPort& address) {
  error_code ec;
  Tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), Tcp::resolver::passive, ec);
  if (ec || found.empty()) {
    return fail(ErrorCode::unreachable,
                fmt::format("cannot listen on {}: {}", address.to_string(), ec.message()));
  }
  return found.begin()->endpoint();
}

}  // namespace

/// The control thread's side: what runs after start() runs on it.
class Server::Impl {
 public:
  explicit Impl(ServerOptions options)
      : options_(std::move(options)),
        guard_(asio::make_work_guard(control_)),
        acceptor_(control_),
        timer_(control_),
        profile_timer_(control_),
        admin_(control_, workers_, options_.scenario, [this] { follow_profile(); }) {}

  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start() {
    if (const auto good = check_cpus(options_.cpus); !good) return good;
    if (const auto listening = listen(); !listening) return listening;
    auto services = Services::make(options_.scenario, control_, nullptr);
    if (!services) return std::unexpected(services.error());
    admin_.set_services(*services);
    const auto seed = random_seed();
    for (std::size_t i = 0; i < thread_count(options_); ++i) {
      workers_.push_back(std::make_unique<Worker>(i, seed, options_, admin_, *services));
    }
    for (const auto& worker : workers_) worker->start();
    follow_profile();
    accept_next();
    thread_ = std::thread([this] { control_.run(); });
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(control_, [this] { drain(); });
    thread_.join();
    for (const auto& worker : workers_) worker->join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Result<void> listen() {
    const auto endpoint = resolve(control_, options_.listen);
    if (!endpoint) return std::unexpected(endpoint.error());
    error_code ec;
    acceptor_.open(endpoint->protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(*endpoint, ec);
    // The kernel cuts the backlog to what net.core.somaxconn allows.
    if (!ec) acceptor_.listen(std::numeric_limits<int>::max(), ec);
    if (ec) {
      return fail(ErrorCode::unreachable, fmt::format("cannot listen on {}: {}",
                                                      options_.listen.to_string(), ec.message()));
    }
    port_ = acceptor_.local_endpoint(ec).port();
    return {};
  }

  void accept_next() {
    acceptor_.async_accept([this](error_code ec, Socket socket) {
      if (!acceptor_.is_open()) return;
      if (ec) {
        wait_after(ec);
        return;
      }
      if (is_down_) {
        socket.set_option(asio::socket_base::linger(true, 0), ec);  // its close is a reset
      } else {
        deal(std::move(socket));
      }
      accept_next();
    });
  }

  /// Hands a new connection to the next worker.
  void deal(Socket socket) {
    error_code ec;
    socket.non_blocking(true, ec);
    Descriptor descriptor(ec ? -1 : socket.release(ec));
    if (ec) return;  // it broke at once
    Worker& worker = *workers_[next_worker_++ % workers_.size()];
    worker.loop().post([&worker, descriptor = std::move(descriptor)]() mutable {
      worker.accept(std::move(descriptor));
    });
  }

  /// Goes down and up again when the scenario's profile says so. On the control thread, or before
  /// it runs.
  void follow_profile() {
    const auto& services = *admin_.services();
    const Nanos now = now_ns();
    const bool down = services.state(now).down;
    if (down && !is_down_) {
      for (const auto& worker : workers_) {
        worker->loop().post([&worker = *worker] { worker.crash(); });
      }
    }
    is_down_ = down;
    profile_timer_.cancel();
    const auto change = services.profile.next_change_of_down(now - services.started_ns);
    if (!change) return;
    profile_timer_.expires_at(to_time_point(services.started_ns + *change));
    profile_timer_.async_wait([this](error_code ec) {
      if (!ec && acceptor_.is_open()) follow_profile();
    });
  }

  /// Out of descriptors or memory: trying again at once would only spin.
  void wait_after(error_code ec) {
    spdlog::warn("cannot accept a connection: {}", ec.message());
    timer_.expires_after(std::chrono::milliseconds(50));
    timer_.async_wait([this](error_code wait_ec) {
      if (!wait_ec && acceptor_.is_open()) accept_next();
    });
  }

  void drain() {
    error_code ignored;
    acceptor_.close(ignored);
    profile_timer_.cancel();
    timer_.expires_after(std::chrono::nanoseconds(options_.drain_time));
    timer_.async_wait([this](error_code ec) {
      if (ec) return;
      spdlog::warn("closing connections whose requests did not end in time");
      for (const auto& worker : workers_) {
        worker->loop().post([&worker = *worker] { worker.close_all(); });
      }
    });
    for (const auto& worker : workers_) {
      worker->loop().post([this, &worker = *worker] {
        worker.drain([this] { asio::post(control_, [this] { one_is_idle(); }); });
      });
    }
  }

  /// Workers go on until all are idle: an admin call may still need each of them.
  void one_is_idle() {
    if (++idle_workers_ < workers_.size()) return;
    timer_.cancel();
    for (const auto& worker : workers_) worker->release();
    guard_.reset();
  }

  const ServerOptions options_;
  asio::io_context control_{1};
  asio::executor_work_guard<Executor> guard_;
  Acceptor acceptor_;
  Timer timer_;
  Timer profile_timer_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Admin admin_;
  std::thread thread_;
  std::size_t next_worker_ = 0;
  std::size_t idle_workers_ = 0;
  std::uint16_t port_ = 0;
  bool is_down_ = false;
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;

Result<void> Server::start() {
  return impl_->start();
}

std::uint16_t Server::port() const {
  return impl_->port();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace hopcost::mockserver
