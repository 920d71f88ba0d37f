#include "mockserver/connection.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "mockserver/admin.hpp"
#include "mockserver/worker.hpp"

namespace hopcost::mockserver {
namespace {

/// Room that every read finds at least, and at most (inside a large body).
constexpr std::size_t kSmallRead = 2048;
constexpr std::size_t kLargeRead = 64U << 10U;
/// Bytes of further requests that may wait behind the one being answered.
constexpr std::size_t kMaxWaiting = 64U << 10U;
/// Memory above this is given back after a reply.
constexpr std::size_t kKeptOutput = 256U << 10U;
/// How long a client may go on sending after its connection was refused.
constexpr Nanos kLinger = kSecond;

ApiError error_for(error_code ec, const Options& options) {
  if (ec == http::error::header_limit) {
    return {431,
            "The request's head is longer than " + std::to_string(options.max_header) + " bytes."};
  }
  if (ec == http::error::body_limit) {
    return {413,
            "The request's body is longer than " + std::to_string(options.max_body) + " bytes."};
  }
  if (ec == http::error::bad_version) {
    return {505, "This server speaks HTTP/1.1 and HTTP/1.0."};
  }
  return {400, "The request is not valid HTTP: " + ec.message() + "."};
}

}  // namespace

Connection::Connection(Socket socket, Worker& worker)
    : Wire(std::move(socket), worker.counters()), worker_(worker), timer_(executor()) {}

void Connection::start() {
  read(kSmallRead);
}

void Connection::drain() {
  if (state_ == State::reading && !parser_ && in_.empty()) close();
}

void Connection::close() {
  if (state_ == State::closed) return;
  if (is_chat_) {
    ++worker_.counters().disconnects;
    --worker_.counters().in_flight;
    is_chat_ = false;
  }
  state_ = State::closed;
  stream_.drop();
  timer_.cancel();
  close_socket();
  worker_.forget(*this);
}

void Connection::on_gone() {
  close();
}

void Connection::on_bytes() {
  if (state_ == State::lingering) {
    in_.consume(in_.size());
    read(kSmallRead);
    return;
  }
  worker_.clock().update(read_ns());
  process();
}

void Connection::on_flushed() {
  if (state_ == State::continuing) {
    state_ = State::reading;
  } else if (state_ == State::replying) {
    finish_reply();
  } else if (state_ == State::streaming) {
    run_stream();
  }
  process();
}

void Connection::process() {
  while (state_ == State::reading && !in_.empty()) {
    if (!parser_) {
      const auto first = in_.view().find_first_not_of("\r\n");  // some clients send one line more
      in_.consume(std::min(first, in_.size()));
      if (in_.empty()) break;
      request_.clear();
      parser_.emplace(request_);
      parser_->header_limit(static_cast<std::uint32_t>(worker_.options().max_header));
      parser_->body_limit(worker_.options().max_body);
    }
    error_code ec;
    in_.consume(parser_->feed(in_.view(), ec));
    if (ec) {
      refuse(error_for(ec, worker_.options()));
    } else if (const auto fault = fault_of_head()) {
      refuse(*fault);
    } else if (parser_->is_done()) {
      answer();
    } else {
      if (request_.expects_continue() && request_.head_complete()) send_continue();
      break;
    }
  }
  keep_reading();
}

void Connection::keep_reading() {
  if (state_ == State::closed) return;
  if (state_ != State::reading) {
    if (in_.size() < kMaxWaiting) read(kSmallRead);
    return;
  }
  std::size_t wanted = kSmallRead;
  if (parser_ && request_.head_complete()) {
    const auto remaining = parser_->content_length_remaining();
    wanted = std::clamp<std::size_t>(remaining.value_or(kSmallRead), kSmallRead, kLargeRead);
  }
  read(wanted);
}

std::optional<ApiError> Connection::fault_of_head() const {
  if (!request_.head_complete()) return std::nullopt;
  if (request_.has_foreign_coding()) {
    return ApiError{501, "The only transfer coding understood here is chunked."};
  }
  if (request_.has_transfer_coding() && parser_->version() < 11) {
    return ApiError{400, "An HTTP/1.0 request cannot have a transfer coding."};
  }
  if (request_.expects_the_unknown()) {
    return ApiError{417, "The only expectation understood here is 100-continue."};
  }
  return std::nullopt;
}

void Connection::send_continue() {
  request_.continue_sent();
  if (parser_->version() < 11 || !request_.body().empty()) return;
  out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  state_ = State::continuing;
  if (flush()) state_ = State::reading;
}

void Connection::refuse(const ApiError& error) {
  keep_alive_ = false;
  answer_plain(error_reply(error));
}

void Connection::answer() {
  keep_alive_ = parser_->keep_alive() && !worker_.draining();
  if (request_.endpoint() == Endpoint::unknown) {
    answer_plain(unknown_path_reply(request_.detail()));
    return;
  }
  if (!request_.method_allowed()) {
    answer_plain(wrong_method_reply(request_.allow()));
    return;
  }
  const auto& models = worker_.compiled()->scenario.models;
  switch (request_.endpoint()) {
    case Endpoint::chat_completions:
      answer_chat();
      break;
    case Endpoint::models:
      answer_plain(models_reply(models));
      break;
    case Endpoint::model:
      answer_plain(model_reply(models, request_.detail()));
      break;
    case Endpoint::health:
      answer_plain(health_reply());
      break;
    default:
      ask_admin();
      break;
  }
}

void Connection::ask_admin() {
  state_ = State::asking;
  AdminCall call{request_.endpoint(), request_.verb() == http::verb::put, request_.body()};
  // The answer comes on whichever thread was last; it is carried home to this one.
  worker_.admin().handle(std::move(call),
                         [weak = weak_from_this(), home = executor()](PlainReply reply) {
                           asio::post(home, [weak, reply = std::move(reply)] {
                             const auto self = std::static_pointer_cast<Connection>(weak.lock());
                             if (!self || self->state_ != State::asking) return;
                             self->answer_plain(reply);
                             self->process();
                           });
                         });
}

void Connection::answer_plain(const PlainReply& reply) {
  PlainReplyHead head;
  const auto id = worker_.ids().next();
  head.request_id = view(id);
  head.date = worker_.clock().date();
  head.without_body = request_.head_complete() && request_.verb() == http::verb::head;
  if (!keep_alive_) {
    head.connection = ConnectionField::close;
  } else if (parser_->version() < 11) {
    head.connection = ConnectionField::keep_alive;
  }
  append_plain_reply(out_, reply, head);
  send_reply();
}

void Connection::send_reply() {
  state_ = State::replying;
  if (flush()) finish_reply();
}

void Connection::finish_reply() {
  if (is_chat_) {
    auto& counters = worker_.counters();
    ++(is_error_ ? counters.errors : counters.ok);
    --counters.in_flight;
    is_chat_ = false;
  }
  if (out_.capacity() > kKeptOutput) out_.shrink_to_fit();
  if (!keep_alive_ || worker_.draining()) {
    end();
    return;
  }
  parser_.reset();
  state_ = State::reading;
}

void Connection::end() {
  if (parser_ && parser_->is_done() && in_.empty()) {
    close();
    return;
  }
  // Closing with unread bytes resets the connection, and the client may lose the reply to it.
  state_ = State::lingering;
  in_.consume(in_.size());
  finish_sending();
  at(now_ns() + kLinger, &Connection::close);
}

void Connection::at(Nanos due_ns, void (Connection::*then)()) {
  timer_.expires_at(to_time_point(due_ns));
  timer_.async_wait([this, then, self = shared_from_this()](error_code ec) {
    if (!ec && state_ != State::closed) (this->*then)();
  });
}

}  // namespace hopcost::mockserver
