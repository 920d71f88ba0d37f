// The half of a session that speaks to the client.

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/reference_proxy/session.hpp"
#include "overhead/reference_proxy/worker.hpp"

namespace hopcost::reference_proxy {
namespace {

/// How much may wait for a client before reading from the backend pauses. Delayed pieces wait on
/// purpose: their limit leaves room for a second of a fast stream.
constexpr std::size_t kMaxWaiting = 256U << 10U;
constexpr std::size_t kMaxWaitingDelayed = 8U << 20U;
constexpr std::size_t kMaxHeld = 64U << 20U;
/// Closing with unread input would reset the connection before the client has read the refusal.
constexpr Nanos kLinger = kSecond;

}  // namespace

void Session::on_response(const ResponsePart& part) {
  queue_part(part);
  if (part.done) reply_complete_ = true;
  if (held_.size() > kMaxHeld) return close();
  pump();
  resume_upstream();
}

void Session::queue_part(const ResponsePart& part) {
  if (part.first) {
    streamed_ = part.head.event_stream;
    const bool no_body = request_.is_head || part.head.status == 204 || part.head.status == 304;
    chunked_ = !no_body && !part.length && client_is_11_;
    ends_by_close_ = !no_body && !part.length && !client_is_11_;
    if (ends_by_close_ || worker_.draining()) keep_alive_ = false;
  }
  if (part.first && worker_.settings().split_replies) {
    append_head(replies_.push().bytes, part);
    replies_.added();
  }
  Piece& piece = replies_.push();
  if (part.first && !worker_.settings().split_replies) append_head(piece.bytes, part);
  const std::size_t head_size = piece.bytes.size();
  append_body(piece.bytes, part);
  const Nanos delay = request_.injection.add_chunk_delay;
  const bool has_body =
      piece.bytes.size() > head_size && (part.head.body_size > 0 || !held_.empty());
  if (streamed_ && has_body && delay > 0) {
    piece.due = part.read_at + delay;
    piece.asked = delay;
    piece.ready = now_ns();
  }
  replies_.added();
  if (part.done) held_.clear();
}

void Session::append_head(std::string& out, const ResponsePart& part) {
  append_status_line(out, part.head.status);
  out.append(part.head.fields.text());
  if (part.length) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *part.length);
  }
  if (chunked_) out.append("Transfer-Encoding: chunked\r\n");
  if (worker_.settings().report_time) {
    fmt::format_to(std::back_inserter(out), "x-reference-time-us: {:.1f}\r\n",
                   static_cast<double>(now_ns() - received_at_) / 1e3);
  }
  if (!keep_alive_) {
    out.append("Connection: close\r\n");
  } else if (!client_is_11_) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

void Session::append_body(std::string& out, const ResponsePart& part) {
  const bool holding = streamed_ && request_.injection.buffer;
  if (holding) {
    for (const auto bytes : part.head.body) held_.append(bytes);
  }
  const std::size_t size = holding ? (part.done ? held_.size() : 0) : part.head.body_size;
  if (size > 0) {
    if (chunked_) fmt::format_to(std::back_inserter(out), "{:x}\r\n", size);
    if (holding) {
      out.append(held_);
    } else {
      for (const auto bytes : part.head.body) out.append(bytes);
    }
    if (chunked_) out.append("\r\n");
  }
  if (part.done && chunked_) out.append("0\r\n\r\n");
}

void Session::resume_upstream() {
  if (closed_ || state_ != State::relaying || reply_complete_) return;
  const bool delayed = streamed_ && request_.injection.add_chunk_delay > 0;
  if (replies_.bytes() < (delayed ? kMaxWaitingDelayed : kMaxWaiting)) exchange_.read_more();
}

void Session::on_upstream_failure(bool head_delivered, const std::string& why) {
  if (closed_) return;
  if (!head_delivered) {
    state_ = State::answering;
    return answer(502, error_body(why, "api_error", "", "bad_gateway"));
  }
  broken_ = true;
  pump();
}

void Session::answer_locally() {
  const std::string_view whole = request_.target;
  const auto path = whole.substr(0, whole.find('?'));
  const bool truth = path == "/__reference/truth";
  const bool reset = path == "/__reference/reset";
  const bool health = path == "/__reference/health";
  if (!truth && !reset && !health) {
    return answer(404, error_body("There is /__reference/health, /truth and /reset",
                                  "invalid_request_error", "", "not_found"));
  }
  const std::string_view wanted = reset ? "POST" : "GET";
  if (request_.method != wanted) {
    return answer(405, error_body(fmt::format("Use {} here", wanted), "invalid_request_error", "",
                                  "method_not_allowed"));
  }
  if (health) return answer(200, R"({"status":"ok"})");
  worker_.fleet().gather_truth(worker_, reset,
                               [this, self = shared_from_this(), reset](const Truth& all) {
                                 if (!closed_)
                                   answer(200, reset ? R"({"status":"ok"})" : all.to_json().dump());
                               });
}

void Session::answer(int status, std::string_view body) {
  if (worker_.draining()) keep_alive_ = false;
  std::string& out = replies_.push().bytes;
  append_status_line(out, status);
  fmt::format_to(std::back_inserter(out),
                 "Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n", body.size(),
                 !keep_alive_     ? "Connection: close\r\n"
                 : !client_is_11_ ? "Connection: keep-alive\r\n"
                                  : "");
  if (!request_.is_head) out.append(body);
  replies_.added();
  reply_complete_ = true;
  pump();
}

void Session::pump() {
  if (closed_ || writing_) return;
  if (replies_.empty()) {
    if (broken_) {
      // A plain close would look like the end of a body that has no other mark.
      error_code ignored;
      if (ends_by_close_) client_.set_option(asio::socket_base::linger(true, 0), ignored);
      return close();
    }
    if (reply_complete_) finish_reply();
    return;
  }
  Piece& piece = replies_.front();
  if (piece.due > 0) {
    const Nanos now = now_ns();
    if (now < piece.due) {
      if (std::exchange(armed_due_, piece.due) != piece.due) {
        worker_.deadlines().add(piece.due, shared_from_this());
      }
      return;
    }
    worker_.truth().record(Cost::add_chunk_delay, piece.asked, now - piece.ready);
  }
  writing_ = true;
  asio::async_write(client_, asio::buffer(piece.bytes),
                    [this, self = shared_from_this()](error_code ec, std::size_t) {
                      writing_ = false;
                      on_written(ec);
                    });
}

void Session::on_written(error_code ec) {
  if (closed_) return;
  if (ec) return close();
  replies_.pop();
  resume_upstream();
  pump();
}

void Session::finish_reply() {
  reply_complete_ = false;
  if (state_ == State::lingering) {
    error_code ignored;
    client_.shutdown(asio::socket_base::shutdown_send, ignored);
    if (worker_.draining()) return close();
    linger_until_ = now_ns() + kLinger;
    worker_.deadlines().add(linger_until_, shared_from_this());
    return read_client();
  }
  if (!keep_alive_ || worker_.draining()) return close();
  state_ = State::receiving;
  parser_.reset();
  if (in_.empty()) return read_client();
  received_at_ = now_ns();  // a pipelined request: its turn begins here
  parse_request();
}

}  // namespace hopcost::reference_proxy
