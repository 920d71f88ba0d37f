#pragma once

#include <optional>

#include "common/http_parser.hpp"
#include "mockserver/chat_request.hpp"
#include "mockserver/chat_stream.hpp"
#include "mockserver/pace.hpp"
#include "mockserver/plain_reply.hpp"
#include "mockserver/request.hpp"
#include "mockserver/wire.hpp"

namespace hopcost::mockserver {

class Worker;

/// One client's connection: reads requests, one after another, and answers each at its time.
///
/// Lives on its worker's thread; the worker owns it until close(). A read stays under way while an
/// answer waits for its deadline, so that a client that leaves frees the answer at once; requests
/// pipelined meanwhile wait in the buffer.
class Connection final : public Wire {
 public:
  Connection(Socket socket, Worker& worker);

  void start();
  /// Closes at once where no request is under way, else after its reply.
  void drain();
  /// Ends whatever is under way.
  void close();

 private:
  enum class State : std::uint8_t {
    reading,     ///< between requests, or inside one
    continuing,  ///< "100 Continue" is being sent
    replying,    ///< a whole reply is being sent
    holding,     ///< a unary reply waits for its deadline
    streaming,   ///< a stream is being sent or waits for its next deadline
    asking,      ///< other threads are being asked (admin)
    lingering,   ///< the last reply was sent; what still comes is thrown away
    closed,
  };

  void on_bytes() override;
  void on_flushed() override;
  void on_gone() override;

  /// Takes requests out of the buffer until one has to be waited for.
  void process();
  void keep_reading();
  void send_continue();
  [[nodiscard]] std::optional<ApiError> fault_of_head() const;

  void answer();
  void answer_chat();
  void answer_unary(const ResponsePlan& plan);
  void answer_plain(const PlainReply& reply);
  void ask_admin();
  /// Replies with an error after which nothing on this connection can be understood.
  void refuse(const ApiError& error);

  void send_unary();
  void send_held();
  void run_stream();
  void resume_stream();
  void send_reply();
  void finish_reply();
  void end();
  /// Calls `then` at `due_ns` unless the connection is closed before.
  void at(Nanos due_ns, void (Connection::*then)());

  Worker& worker_;
  Timer timer_;
  Request request_;
  std::optional<RequestParser<Request>> parser_;  ///< while a request is being read or answered

  // Of the answer under way.
  ChatStream stream_;
  ReplyFacts facts_;  ///< its views are good only while it is being put together
  Pace pace_;
  Nanos due_ns_ = 0;
  Nanos known_now_ns_ = 0;  ///< a time that has passed: saves reading the clock
  std::size_t stamp_at_ = kNoStamp;
  State state_ = State::reading;
  bool keep_alive_ = true;
  bool is_chat_ = false;  ///< it counts as an API request
  bool is_error_ = false;
};

}  // namespace hopcost::mockserver
