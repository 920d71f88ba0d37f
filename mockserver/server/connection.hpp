#pragma once

#include <memory>
#include <optional>

#include "common/http_parser.hpp"
#include "mockserver/admin/vllm_metrics.hpp"
#include "mockserver/api/plain_chat_stream.hpp"
#include "mockserver/http/plain_reply.hpp"
#include "mockserver/http/reply_head.hpp"
#include "mockserver/http/request.hpp"
#include "mockserver/http/request_id.hpp"
#include "mockserver/http/wire.hpp"
#include "mockserver/server/compiled_scenario.hpp"
#include "mockserver/server/engine.hpp"
#include "mockserver/server/sending.hpp"

namespace hopcost::mockserver {

class Call;
struct Exchange;
class Worker;
struct PlainChat;
struct FaultPlan;

/// One client's connection: reads requests, one after another, and answers each at its time.
///
/// Lives on its worker's thread; the worker owns it until close(). It goes on reading while an
/// answer waits for its deadline, so that a client that leaves frees the answer at once; requests
/// pipelined meanwhile wait in the buffer.
class Connection final : public Wire {
 public:
  Connection(Descriptor socket, Worker& worker);
  ~Connection() override;

  void start();
  /// Answers whatever comes with this error, and closes: for a server that is full.
  void start_refused(const ApiError& error);
  /// Closes at once where no request is under way, else after its reply.
  void drain();
  /// Ends whatever is under way.
  void close();
  /// The same, by RST: the server's doing, so a request under way has failed; its client did not
  /// leave.
  void crash();
  /// Refuses a request that began before `ns` and is still not whole.
  void expire(Nanos began_before_ns);

 private:
  enum class State : std::uint8_t {
    reading,     ///< between requests, or inside one
    continuing,  ///< "100 Continue" is being sent
    replying,    ///< a reply is being sent or waits for a deadline
    waiting,     ///< a request waits for its turn
    asking,      ///< other threads are being asked (admin)
    lingering,   ///< the last reply was sent; what still comes is thrown away
    closed,
  };

  void on_bytes() override;
  void on_flushed() override;
  void on_yielded() override;
  void on_gone() override;

  // Reading (connection_reading.cpp).
  /// Takes requests out of the buffer until one has to be waited for.
  void process();
  void begin_request();
  void keep_reading();
  void send_continue();
  [[nodiscard]] std::optional<ApiError> fault_of_head() const;
  /// Replies with an error after which nothing on this connection can be understood.
  void refuse(const ApiError& error);
  void refuse_http2();

  // Answering (connection_answer.cpp).
  void answer();
  void answer_options();
  void answer_api();
  [[nodiscard]] bool answer_fast();
  void answer_plain_chat(const PlainChat& chat, const CompiledModel& model);
  void ask_admin();
  void answer_now(const PlainReply& reply);
  [[nodiscard]] ReplyHead reply_head(std::string_view content_type, bool streams);

  // Answering the general way (connection_call.cpp).
  void answer_call();
  void add_ruled_faults(FaultPlan& plan, const ProfileState& state);
  void join_call();
  void on_news(const Engine::News& news);
  void begin_call();
  void refuse_call(const ApiError& error);
  void replay_call(const Exchange& recorded);

  // Sending (connection.cpp).
  /// Does what the sending says until it has to wait.
  void deliver();
  void resume();
  void finish_reply();
  void end();
  /// Calls `then` at `due_ns`, unless asked for something else or closed before.
  void at(Nanos due_ns, void (Connection::*then)());

  Worker& worker_;
  Deadline deadline_;
  void (Connection::*then_)() = nullptr;  ///< what to do when it is due
  Request request_;
  std::optional<RequestParser<Request>> parser_;  ///< while a request is being read or answered
  Nanos began_ns_ = 0;  ///< when the first byte of the request being read came; 0: none is

  /// A request that a model works on, for its metrics.
  struct Run {
    ModelTally* tally = nullptr;  ///< the worker's; null: no model does
    Nanos received_ns = 0;        ///< when the request was there
    FinishedRequest facts;        ///< as far as known
  };
  /// Counts the run that has ended, if there is one.
  void end_run();
  /// Counts the request under way, if there is one, as answered, or as failed.
  void count_reply(bool failed);

  // Of the answer under way.
  Run run_;
  Sending sending_;
  PlainChatStream plain_stream_;
  std::unique_ptr<Call> call_;  ///< of an answer that goes the general way
  RequestId id_{};
  std::uint64_t answered_ = 0;  ///< API requests of this connection so far
  State state_ = State::reading;
  bool keep_alive_ = true;
  bool is_api_ = false;  ///< the request under way counts as an API request
  bool is_error_ = false;
};

}  // namespace hopcost::mockserver
