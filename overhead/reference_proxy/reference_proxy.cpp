#include "overhead/reference_proxy/reference_proxy.hpp"

#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "common/asio.hpp"
#include "overhead/reference_proxy/worker.hpp"

namespace hopcost::reference_proxy {
namespace {

Result<std::vector<Tcp::endpoint>> resolve(asio::io_context& context, const HostPort& address) {
  error_code ec;
  Tcp::resolver resolver(context);
  const auto found = resolver.resolve(address.host, std::to_string(address.port), ec);
  if (ec || found.empty()) {
    return fail(ErrorCode::unreachable, "cannot find the host: " + ec.message(),
                address.to_string());
  }
  std::vector<Tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  return endpoints;
}

}  // namespace

class ReferenceProxy::Impl final : public Fleet {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)), acceptor_(accepting_), pause_(accepting_) {}
  ~Impl() override { stop(); }

  Result<void> start();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void stop();
  void gather_truth(Worker& asker, bool clear, std::function<void(const Truth&)> done) override;

 private:
  Result<void> check_options() const;
  Result<void> listen();
  void accept();

  Options options_;
  TurnLock burn_lock_;
  Settings settings_;
  asio::io_context accepting_{1};
  Acceptor acceptor_;
  Timer pause_;
  std::vector<std::unique_ptr<Worker>> workers_;  ///< fixed while threads run
  std::size_t next_worker_ = 0;
  std::uint16_t port_ = 0;
  std::thread accept_thread_;
};

Result<void> ReferenceProxy::Impl::check_options() const {
  if (options_.backends.empty()) return fail(ErrorCode::usage, "name at least one backend");
  if (options_.workers < 1) return fail(ErrorCode::usage, "there must be at least one worker");
  return check(options_.defaults);
}

Result<void> ReferenceProxy::Impl::start() {
  if (auto good = check_options(); !good) return good;
  settings_.defaults = options_.defaults;
  settings_.drain_timeout = options_.drain_timeout;
  settings_.report_time = options_.report_time;
  settings_.split_replies = options_.split_replies;
  if (options_.burn_in_turn) settings_.burn_lock = &burn_lock_;
  for (const auto& backend : options_.backends) {
    auto endpoints = resolve(accepting_, backend);
    if (!endpoints) return std::unexpected(endpoints.error());
    settings_.backends.push_back({backend.to_string(), std::move(*endpoints)});
  }
  if (auto good = listen(); !good) return good;
  for (int i = 0; i < options_.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(settings_, *this, static_cast<std::size_t>(i)));
  }
  for (const auto& worker : workers_) worker->start();
  accept();
  accept_thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "ref-accept");
    accepting_.run();
  });
  return {};
}

Result<void> ReferenceProxy::Impl::listen() {
  auto endpoints = resolve(accepting_, options_.listen);
  if (!endpoints) return std::unexpected(endpoints.error());
  const Tcp::endpoint& endpoint = endpoints->front();
  error_code ec;
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    return fail(ErrorCode::unreachable, fmt::format("cannot listen: {}", ec.message()),
                options_.listen.to_string());
  }
  port_ = acceptor_.local_endpoint(ec).port();
  return {};
}

void ReferenceProxy::Impl::accept() {
  Worker* const worker = workers_[next_worker_].get();
  acceptor_.async_accept(worker->context(), [this, worker](error_code ec, Socket client) {
    if (!acceptor_.is_open()) return;
    if (!ec) {
      if (!options_.deal_to_one) next_worker_ = (next_worker_ + 1) % workers_.size();
      asio::post(worker->context(), [worker, client = std::move(client)]() mutable {
        worker->serve(std::move(client));
      });
      return accept();
    }
    // Out of file descriptors, most likely: trying again at once would only burn the CPU.
    pause_.expires_after(std::chrono::milliseconds(10));
    pause_.async_wait([this](error_code stopped) {
      if (!stopped && acceptor_.is_open()) accept();
    });
  });
}

void ReferenceProxy::Impl::stop() {
  if (!accept_thread_.joinable()) return;
  asio::post(accepting_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
  accept_thread_.join();
  for (const auto& worker : workers_) worker->drain();
  for (const auto& worker : workers_) worker->join();
  workers_.clear();
}

void ReferenceProxy::Impl::gather_truth(Worker& asker, bool clear,
                                        std::function<void(const Truth&)> done) {
  struct Gathering {
    Truth all;
    std::size_t missing;
    std::function<void(const Truth&)> done;
  };
  // Touched on the asker's thread only; the other workers merely carry it there and back.
  const auto gathering =
      std::make_shared<Gathering>(Gathering{{}, workers_.size(), std::move(done)});
  for (const auto& each : workers_) {
    asio::post(each->context(), [worker = each.get(), &asker, clear, gathering] {
      Truth copy = worker->truth();
      if (clear) worker->truth().clear();
      asio::post(asker.context(), [gathering, copy = std::move(copy)] {
        gathering->all.merge(copy);
        if (--gathering->missing == 0) gathering->done(gathering->all);
      });
    });
  }
}

ReferenceProxy::ReferenceProxy(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ReferenceProxy::~ReferenceProxy() = default;
Result<void> ReferenceProxy::start() {
  return impl_->start();
}
std::uint16_t ReferenceProxy::port() const {
  return impl_->port();
}
void ReferenceProxy::stop() {
  impl_->stop();
}

}  // namespace hopcost::reference_proxy
