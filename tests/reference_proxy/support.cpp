#include "tests/reference_proxy/support.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace hopcost::test {
namespace {

reference_proxy::Options with_backends(reference_proxy::Options options,
                                       const std::vector<std::uint16_t>& backends) {
  options.listen = {"127.0.0.1", 0};
  for (const auto port : backends) options.backends.push_back({"127.0.0.1", port});
  return options;
}

}  // namespace

Proxy::Proxy(const std::vector<std::uint16_t>& backends, reference_proxy::Options options)
    : proxy_(with_backends(std::move(options), backends)) {
  const auto started = proxy_.start();
  if (!started) throw std::runtime_error(started.error().to_string());
}

Message Proxy::exchange(const std::string& request) const {
  const auto peer = client();
  peer->send(request);
  auto reply = peer->read_message(request.starts_with("HEAD "));
  if (!reply) throw std::runtime_error("no reply from the proxy");
  return *reply;
}

void Proxy::settle() const {
  // One thread serves the connections in the order in which they became readable.
  for (int i = 0; i < 2; ++i) static_cast<void>(exchange(get("/__reference/health")));
}

std::string get(std::string_view target, std::string_view fields) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: proxy\r\n{}\r\n", target, fields);
}

std::string post(std::string_view target, std::string_view body, std::string_view fields) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: proxy\r\n{}Content-Length: {}\r\n\r\n{}", target,
                     fields, body.size(), body);
}

struct Event::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool happened = false;
};

std::shared_ptr<Event::State> Event::make() {
  return std::make_shared<State>();
}

void Event::set() {
  const std::lock_guard lock(state_->mutex);
  state_->happened = true;
  state_->changed.notify_all();
}

bool Event::wait() {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, std::chrono::seconds(20),
                                  [this] { return state_->happened; });
}

}  // namespace hopcost::test
