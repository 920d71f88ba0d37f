#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http_parser.hpp"
#include "loadgen/exchange/channel.hpp"
#include "loadgen/exchange/request_bytes.hpp"
#include "loadgen/exchange/server_time.hpp"
#include "loadgen/exchange/timeline.hpp"

namespace hopcost::loadgen {

class Session;

/// One request to be sent.
struct Order {
  std::uint64_t number = 0;  ///< in the run
  std::uint32_t id = 0;      ///< in its stamp
  int user = 0;              ///< closed loop: whose it is
  Asked asked;
  Nanos intended = 0;    ///< 0: when it is sent
  Nanos first_send = 0;  ///< of its first attempt; 0: this is the first
  int attempt = 1;
  int target = -1;                       ///< of its first attempt; -1: none so far
  Failure last_failure = Failure::none;  ///< of the attempt before
  std::string last_message;
  std::string earlier;  ///< of a conversation, as Workload::render() has it
};

/// What a session tells the worker that owns it. All calls come from the worker's thread.
class SessionOwner {
 public:
  virtual void on_connected(Session& session, Nanos took_ns) = 0;
  /// A connection could not be opened; the session may be told to connect again.
  virtual void on_connect_failed(Session& session, const std::string& why) = 0;
  /// The exchange ended, well or not. The session is free for the next, or must be reconnected
  /// first.
  virtual void on_finished(Session& session) = 0;
  /// One read delivered `events` content events at `read_ns`.
  virtual void on_content_read(Session& session, std::uint64_t events, Nanos read_ns) = 0;
  /// Called first when something has come, so that the worker knows when a batch of it began.
  virtual void on_wake(Nanos now) = 0;

 protected:
  ~SessionOwner() = default;
};

/// One keep-alive HTTP/1.1 connection that carries one exchange at a time. Lives on one thread; its
/// owner outlives it.
class Session final : public Channel {
 public:
  /// Of one `target` of the workload, at the address `peer`.
  Session(EventLoop& loop, ReceiveBuffer& buffer, const Tcp::endpoint& peer,
          const Workload& workload, std::size_t target, ReplyReader reader, SessionOwner& owner,
          const Tls* tls = nullptr);

  /// Looks for that header in every reply. `header` outlives the session.
  void look_for(const ServerTimeHeader& header) { server_time_ = &header; }
  void connect();
  /// Sends the request now. `metrics` takes samples per chunk; null where it does not count.
  void send(Order order, bool expect_stream, MetricSet* metrics);
  /// Gives the exchange up and closes the connection; the owner hears on_finished.
  void abandon(Failure failure, const std::string& why);

  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] const ReplyFacts& facts() const { return reader_.facts(); }
  [[nodiscard]] Failure failure() const;
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  [[nodiscard]] bool counted() const { return metrics_ != nullptr; }
  [[nodiscard]] const Order& order() const { return order_; }
  [[nodiscard]] std::size_t target() const { return target_; }
  [[nodiscard]] int status() const { return status_; }  ///< 0: there was none
  /// What the server asked to wait before another attempt.
  [[nodiscard]] Nanos retry_after() const { return retry_after_; }
  [[nodiscard]] Nanos connect_began() const { return connect_ns_; }
  [[nodiscard]] const std::string& reply_text() const { return reader_.text(); }

 private:
  friend class HttpParser<false, Session>;
  void on_response(int status) { status_ = status; }
  void on_field(http::field field, std::string_view name, std::string_view value);
  void on_header();
  void on_body(std::string_view bytes);

  void on_open(const std::string& why) override;
  std::size_t on_bytes(std::string_view bytes) override;
  void on_cut(const std::string& why, bool ended) override;
  void begin_reply();
  /// `reusable`: the connection can carry another exchange.
  void finish(Failure failure, std::string message, bool reusable = false);

  std::size_t target_;
  RequestBytes request_;
  SessionOwner& owner_;
  ReplyReader reader_;
  const ServerTimeHeader* server_time_ = nullptr;  ///< null: nobody wants it
  std::optional<ResponseParser<Session>> parser_;
  Timeline timeline_;
  Nanos read_ns_ = 0;
  Nanos connect_ns_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::string error_body_;
  int status_ = 0;
  bool event_stream_ = false;
  bool expect_stream_ = false;
  bool busy_ = false;
  bool heard_ = false;  ///< bytes of the reply have come
  Order order_;
  Nanos retry_after_ = 0;
  MetricSet* metrics_ = nullptr;
  Failure failure_ = Failure::none;
  std::string message_;
};

}  // namespace hopcost::loadgen
