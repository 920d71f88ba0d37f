#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/asio.hpp"
#include "common/clock.hpp"
#include "overhead/reference_proxy/buffers.hpp"
#include "overhead/reference_proxy/deadline_queue.hpp"
#include "overhead/reference_proxy/exchange.hpp"
#include "overhead/reference_proxy/message_head.hpp"

namespace hopcost::reference_proxy {

class Worker;

/// One client connection: takes one request after the other, adds the costs asked for, forwards it
/// and relays the reply; or answers by itself (/__reference/*, errors).
///
/// Lives on its worker's thread, kept alive by the operations under way; ends when the client goes
/// (also in the middle of a request: its end of input counts as gone), on a fault, or by `close`.
class Session final : public Deadlined,
                      public ResponseSink,
                      public std::enable_shared_from_this<Session> {
 public:
  Session(Socket client, Worker& worker);

  void start();
  /// At once.
  void close();
  /// At once when no request is under way, else after its reply.
  void drain();

  void on_deadline() override;
  [[nodiscard]] std::shared_ptr<void> hold() override { return shared_from_this(); }
  void on_response(const ResponsePart& part) override;
  void on_upstream_failure(bool head_delivered, const std::string& why) override;

 private:
  enum class State {
    receiving,  ///< between requests, or inside one
    delaying,   ///< the request is complete and waits for its time
    relaying,   ///< forwarded
    answering,  ///< the reply is our own
    lingering,  ///< refused: the client's rest is read and thrown away
  };

  // Requests.
  void read_client();
  void on_client_bytes(std::size_t bytes);
  void throw_away(std::size_t bytes);
  void parse_request();
  void on_request_complete();
  void refuse(error_code fault);
  void continue_if_expected();
  void launch();

  // Replies (session_reply.cpp).
  void append_head(std::string& out, const ResponsePart& part);
  void append_body(std::string& out, const ResponsePart& part);
  void queue_part(const ResponsePart& part);
  void resume_upstream();
  void answer_locally();
  void answer(int status, std::string_view body);
  void pump();
  void on_written(error_code ec);
  void finish_reply();

  Socket client_;
  Worker& worker_;
  Exchange exchange_;

  State state_ = State::receiving;
  bool closed_ = false;
  bool reading_ = false;
  bool writing_ = false;

  ReadBuffer in_;
  RequestHead request_;
  std::optional<RequestParser<RequestHead>> parser_;
  std::string request_text_;  ///< the head as it goes upstream
  Nanos received_at_ = 0;     ///< when the request's last byte was read
  Nanos ready_at_ = 0;        ///< when it would have been forwarded without a delay
  Nanos forward_at_ = 0;      ///< when it is due instead
  Nanos linger_until_ = 0;
  std::size_t thrown_away_ = 0;

  PieceQueue replies_;
  std::string held_;     ///< a streamed body under `buffer`
  Nanos armed_due_ = 0;  ///< the piece deadline last handed to the worker
  bool keep_alive_ = true;
  bool client_is_11_ = true;
  bool chunked_ = false;         ///< the reply is framed in chunks
  bool streamed_ = false;        ///< the reply is text/event-stream
  bool ends_by_close_ = false;   ///< only closing tells the client where the reply ends
  bool reply_complete_ = false;  ///< all of it is in the queue
  bool broken_ = false;          ///< the backend failed in the middle of it
};

}  // namespace hopcost::reference_proxy
