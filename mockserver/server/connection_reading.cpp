// The part of Connection that turns bytes into requests.

#include <algorithm>

#include <fmt/format.h>

#include "mockserver/server/connection.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

/// Room that every read finds at least, and at most (inside a large body).
constexpr std::size_t kSmallRead = 2048;
constexpr std::size_t kLargeRead = 64U << 10U;
/// Bytes of further requests that may wait behind the one being answered.
constexpr std::size_t kMaxPipelined = 64U << 10U;
/// How an HTTP/2 client with prior knowledge begins.
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

ApiError error_for(error_code ec, const ServerOptions& options) {
  if (ec == http::error::header_limit) {
    return {431, fmt::format("The request's head is longer than {} bytes.", options.max_header)};
  }
  if (ec == http::error::body_limit) {
    return {413, fmt::format("The request's body is longer than {} bytes.", options.max_body)};
  }
  if (ec == http::error::bad_version) {
    return {505, "This server speaks HTTP/1.1 and HTTP/1.0."};
  }
  return {400, "The request is not valid HTTP: " + ec.message() + "."};
}

}  // namespace

void Connection::on_bytes() {
  if (state_ == State::lingering) {
    in_.consume(in_.size());
    read(kSmallRead);
    return;
  }
  worker_.clock().update(read_ns());
  process();
}

void Connection::process() {
  while (state_ == State::reading && !in_.empty()) {
    if (!parser_) {
      const auto first = in_.view().find_first_not_of("\r\n");  // some clients send one line more
      in_.consume(std::min(first, in_.size()));
      if (in_.empty()) break;
      if (began_ns_ == 0) began_ns_ = read_ns();
      if (in_.view().starts_with(kHttp2Preface)) {
        refuse_http2();
        break;
      }
      if (kHttp2Preface.starts_with(in_.view())) break;  // perhaps: more will tell
      begin_request();
    }
    error_code ec;
    in_.consume(parser_->feed(in_.view(), ec));
    if (ec) {
      refuse(error_for(ec, worker_.options()));
    } else if (const auto fault = fault_of_head()) {
      refuse(*fault);
    } else if (parser_->is_done()) {
      began_ns_ = 0;
      answer();
    } else {
      if (request_.expects_continue() && request_.head_complete()) send_continue();
      break;
    }
  }
  keep_reading();
}

void Connection::begin_request() {
  request_.clear(worker_.keeps_fields());
  parser_.emplace(request_);
  parser_->header_limit(static_cast<std::uint32_t>(worker_.options().max_header));
  parser_->body_limit(worker_.options().max_body);
}

void Connection::keep_reading() {
  if (state_ == State::closed) return;
  if (state_ != State::reading) {
    if (in_.size() < kMaxPipelined) read(kSmallRead);
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
  if (!request_.has_host() && parser_->version() >= 11) {
    return ApiError{400, "An HTTP/1.1 request needs one Host header."};
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
  ++worker_.counters().refused;
  keep_alive_ = false;
  began_ns_ = 0;
  answer_now(error_reply(error));
}

void Connection::refuse_http2() {
  // An empty SETTINGS frame, then GOAWAY with HTTP_1_1_REQUIRED (RFC 9113, 6.8 and 7).
  constexpr std::string_view kGoodbye(
      "\0\0\0\x04\0\0\0\0\0"
      "\0\0\x08\x07\0\0\0\0\0"
      "\0\0\0\0\0\0\0\x0d",
      26);
  ++worker_.counters().refused;
  keep_alive_ = false;
  out_ += kGoodbye;
  state_ = State::replying;
  if (flush()) deliver();
}

}  // namespace hopcost::mockserver
