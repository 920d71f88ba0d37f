#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hopcost::test {

/// One HTTP message as it was on the wire.
struct Message {
  std::string head;  ///< with the empty line
  std::string body;  ///< framing taken off
  std::vector<std::string> chunks;

  [[nodiscard]] int status() const;
  /// The value of a field, by its name in any case; nothing where it is absent.
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
};

/// A blocking TCP connection for tests. Every wait ends after 20 s, as if the peer had gone.
class Peer {
 public:
  explicit Peer(int fd);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  bool send(std::string_view bytes);
  /// Whether more can be sent now or within a moment (300 ms).
  [[nodiscard]] bool can_send() const;
  [[nodiscard]] std::size_t bytes_sent() const { return sent_; }
  /// One whole message; nothing where the connection ended before. `no_body`: the answer to HEAD.
  [[nodiscard]] std::optional<Message> read_message(bool no_body = false);
  /// The next `size` bytes, or what came before the end.
  [[nodiscard]] std::string read_bytes(std::size_t size);
  /// Whatever one read brings; empty at the end.
  [[nodiscard]] std::string read_some();
  [[nodiscard]] std::string read_to_end();
  void wait_for_end() { static_cast<void>(read_to_end()); }
  void shutdown();
  /// Ends the connection with a reset. Only for the side that `connect_to` opened: an Upstream may
  /// be shutting its own side down meanwhile.
  void reset();

 private:
  bool fill();
  [[nodiscard]] bool read_chunks(Message& message);

  int fd_;
  std::string pending_;
  std::atomic<std::size_t> sent_{0};
};

[[nodiscard]] std::unique_ptr<Peer> connect_to(std::uint16_t port);

/// A backend that does what a test tells it: `script` runs once for each connection, on a thread of
/// its own, and the connection is closed behind it.
class Upstream {
 public:
  using Script = std::function<void(Peer&, int connection)>;
  explicit Upstream(Script script);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string host_field() const;  ///< "Host: 127.0.0.1:PORT\r\n"
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] std::size_t bytes_sent() const;  ///< over all connections

 private:
  void accept_all();

  Script script_;
  int fd_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Peer>> peers_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Answers every request of a connection with what `answer` makes of it.
[[nodiscard]] Upstream::Script answer_all(std::function<std::string(const Message&)> answer);
[[nodiscard]] std::string ok_reply(std::string_view body);
[[nodiscard]] std::string chunked_reply(const std::vector<std::string>& chunks);
/// A reply whose body is the request, head and all.
[[nodiscard]] std::string echo(const Message& request);

}  // namespace hopcost::test
