#include "common/stop_signal.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>

#include <boost/asio/signal_set.hpp>

#include "common/asio.hpp"

namespace hopcost {

struct StopOnSignal::State {
  State() : signals(context, SIGINT, SIGTERM) {
    wait();
    thread = std::thread([this] { context.run(); });
  }
  void wait() {
    signals.async_wait([this](error_code ec, int number) {
      if (ec) return;
      if (source.stop_requested()) std::_Exit(128 + number);
      source.request_stop();
      wait();
    });
  }

  asio::io_context context{1};
  asio::signal_set signals;
  std::stop_source source;
  std::thread thread;
};

StopOnSignal::StopOnSignal() : state_(std::make_unique<State>()) {}

StopOnSignal::~StopOnSignal() {
  state_->context.stop();
  state_->thread.join();
}

std::stop_token StopOnSignal::token() const {
  return state_->source.get_token();
}

}  // namespace hopcost
