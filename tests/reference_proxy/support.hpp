#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "overhead/reference_proxy/reference_proxy.hpp"
#include "tests/support/peer.hpp"

namespace hopcost::test {

/// A started proxy in front of upstreams.
class Proxy {
 public:
  explicit Proxy(const std::vector<std::uint16_t>& backends, reference_proxy::Options options = {});
  [[nodiscard]] std::uint16_t port() const { return proxy_.port(); }
  [[nodiscard]] std::unique_ptr<Peer> client() const { return connect_to(port()); }
  void stop() { proxy_.stop(); }
  /// One exchange on a connection of its own.
  [[nodiscard]] Message exchange(const std::string& request) const;
  /// Returns once the worker (there must be only one) has seen what was sent to it before.
  void settle() const;

 private:
  reference_proxy::ReferenceProxy proxy_;
};

[[nodiscard]] std::string get(std::string_view target, std::string_view fields = {});
[[nodiscard]] std::string post(std::string_view target, std::string_view body,
                               std::string_view fields = {});

/// A one-shot event between threads; waiting ends after 20 s with false.
class Event {
 public:
  void set();
  [[nodiscard]] bool wait();

 private:
  struct State;
  std::shared_ptr<State> state_ = make();
  static std::shared_ptr<State> make();
};

}  // namespace hopcost::test
