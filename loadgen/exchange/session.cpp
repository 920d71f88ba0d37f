#include "loadgen/exchange/session.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "loadgen/exchange/utf8.hpp"

namespace hopcost::loadgen {

namespace {

/// "Retry-After: 2" in seconds, or a date, which is not read; "retry-after-ms: 1500".
Nanos retry_after_in(std::string_view value, Nanos unit) {
  double number = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (ec != std::errc() || !(number >= 0) || number > 86'400'000) return 0;
  return static_cast<Nanos>(number * static_cast<double>(unit));
}

}  // namespace

Session::Session(asio::io_context& context, const Tcp::endpoint& peer, const Workload& workload,
                 std::size_t target, ReplyReader reader, SessionOwner& owner, Tls* tls)
    : socket_(context.get_executor()),
      tls_(tls),
      peer_(peer),
      target_(target),
      request_(workload, target),
      owner_(owner),
      reader_(std::move(reader)) {}

void Session::connect() {
  close();
  connecting_ = true;
  connect_ns_ = now_ns();
  socket_.async_connect(peer_, [this, generation = generation_](error_code ec) {
    owner_.on_wake(now_ns());
    if (generation == generation_) on_tcp_connected(ec);
  });
}

void Session::on_tcp_connected(error_code ec) {
  if (!ec) socket_.set_option(Tcp::no_delay(true), ec);
  if (!ec) socket_.non_blocking(true, ec);
  if (ec || tls_ == nullptr) {
    on_open(ec, ec.message());
    return;
  }
  secure_ = tls_->stream_over(socket_, target_);
  secure_->async_handshake(asio::ssl::stream_base::client,
                           [this, generation = generation_, keep = secure_](error_code failed) {
                             owner_.on_wake(now_ns());
                             if (generation == generation_)
                               on_open(failed, Tls::why(*keep, failed));
                           });
}

void Session::on_open(error_code ec, const std::string& why) {
  connecting_ = false;
  if (ec) {
    close();
    owner_.on_connect_failed(*this, why);
    return;
  }
  connected_ = true;
  owner_.on_connected(*this, now_ns() - connect_ns_);
}

void Session::close() {
  error_code ignored;
  socket_.close(ignored);
  secure_.reset();
  connected_ = false;
  connecting_ = false;
  writing_ = false;
  held_ = 0;
  ++generation_;
}

bool Session::went_stale() {
  char byte = 0;
  error_code ec;
  const auto bytes =
      socket_.receive(asio::mutable_buffer(&byte, 1), asio::socket_base::message_peek, ec);
  // Over TLS a server may have sent a session ticket meanwhile.
  if (secure_ && bytes > 0) return false;
  return ec != asio::error::would_block;
}

void Session::send(Order order, bool expect_stream, MetricSet* metrics) {
  busy_ = true;
  order_ = std::move(order);
  metrics_ = metrics;
  expect_stream_ = expect_stream;
  failure_ = Failure::none;
  message_.clear();
  error_body_.clear();
  bytes_of_reply_ = 0;
  status_ = 0;
  retry_after_ = 0;
  event_stream_ = false;
  parser_.emplace(*this);
  parser_->body_limit(boost::none);
  reader_.begin(expect_stream, order_.id, metrics);
  timeline_ = Timeline{};
  timeline_.last_send = now_ns();
  timeline_.send = order_.first_send == 0 ? timeline_.last_send : order_.first_send;
  timeline_.intended = order_.intended == 0 ? timeline_.send : order_.intended;
  const std::string_view bytes =
      request_.prepare(order_.asked, order_.earlier, order_.id, timeline_.last_send);
  if (secure_) {
    write_rest(bytes);
    read();
    return;
  }
  error_code ec;
  const std::size_t written =
      socket_.write_some(asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != asio::error::would_block) {
    finish(Failure::closed, ec.message());
    return;
  }
  if (written < bytes.size()) write_rest(bytes.substr(written));
  read();
}

void Session::write_rest(std::string_view bytes) {
  writing_ = true;
  const auto done = [this, generation = generation_, keep = secure_](error_code ec, std::size_t) {
    owner_.on_wake(now_ns());
    if (generation != generation_) return;
    writing_ = false;
    if (ec && busy_) finish(Failure::closed, ec.message());
  };
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  if (secure_) {
    asio::async_write(*secure_, buffer, done);
  } else {
    asio::async_write(socket_, buffer, done);
  }
}

void Session::read() {
  const asio::mutable_buffer buffer(buffer_.data() + held_, buffer_.size() - held_);
  if (secure_) {
    secure_->async_read_some(
        buffer, [this, generation = generation_, keep = secure_](error_code ec, std::size_t bytes) {
          if (generation == generation_) on_read(ec, bytes);
        });
    return;
  }
  socket_.async_read_some(buffer,
                          [this, generation = generation_](error_code ec, std::size_t bytes) {
                            if (generation == generation_) on_read(ec, bytes);
                          });
}

void Session::on_read(error_code ec, std::size_t bytes) {
  read_ns_ = now_ns();
  owner_.on_wake(read_ns_);
  if (ec) {
    on_end_of_connection(ec);
    return;
  }
  bytes_read_ += bytes;
  bytes_of_reply_ += bytes;
  held_ += bytes;
  consume();
}

void Session::consume() {
  error_code ec;
  const std::size_t used = parser_->feed({buffer_.data(), held_}, ec);
  held_ -= used;
  if (held_ > 0) std::memmove(buffer_.data(), buffer_.data() + used, held_);
  if (const auto events = reader_.take_event_count(); events > 0 && counted()) {
    owner_.on_content_read(*this, events, read_ns_);
  }
  if (ec || held_ == buffer_.size()) {
    finish(Failure::truncated, ec ? ec.message() : "the reply's head is too long");
    return;
  }
  if (!parser_->is_done()) {
    read();
    return;
  }
  if (status_ / 100 == 1) {  // an interim answer: the real one follows
    parser_.emplace(*this);
    parser_->body_limit(boost::none);
    if (held_ > 0) {
      consume();
    } else {
      read();
    }
    return;
  }
  finish(Failure::none, {});
}

void Session::on_end_of_connection(error_code ec) {
  if (bytes_of_reply_ == 0) {
    finish(Failure::closed, ec.message());
    return;
  }
  if (ec == asio::error::eof && parser_->is_header_done() && parser_->need_eof()) {
    error_code end;
    parser_->put_eof(end);
    if (!end) {
      finish(Failure::none, {});
      return;
    }
  }
  finish(Failure::truncated, ec.message());
}

void Session::on_field(http::field field, std::string_view name, std::string_view value) {
  if (field == http::field::content_type) {
    event_stream_ = value.starts_with("text/event-stream");
  } else if (field == http::field::retry_after) {
    retry_after_ = std::max(retry_after_, retry_after_in(value, kSecond));
  } else if (field == http::field::unknown && boost::beast::iequals(name, "retry-after-ms")) {
    retry_after_ = std::max(retry_after_, retry_after_in(value, kMillisecond));
  }
}

void Session::on_header() {
  timeline_.headers = read_ns_;
}

void Session::on_body(std::string_view bytes) {
  if (timeline_.first_byte == 0) timeline_.first_byte = read_ns_;
  if (status_ != 200 || event_stream_ != expect_stream_) {
    constexpr std::size_t kSample = 300;
    error_body_.append(bytes.substr(0, kSample - std::min(kSample, error_body_.size())));
  } else {
    reader_.take(bytes, read_ns_);
  }
}

void Session::finish(Failure failure, std::string message) {
  timeline_.close = failure == Failure::none ? read_ns_ : now_ns();
  failure_ = failure;
  message_ = std::move(message);
  if (failure == Failure::none && status_ != 200) {
    failure_ = Failure::http_status;
    message_ = fmt::format("HTTP {}: {}", status_, valid_utf8(error_body_));
  } else if (failure == Failure::none && event_stream_ != expect_stream_) {
    failure_ = Failure::invalid_reply;
    message_ = expect_stream_ ? "asked for a stream, the reply is not text/event-stream"
                              : "asked for a plain reply, got a stream";
  } else if (failure == Failure::none) {
    reader_.finish(timeline_.close);
  }
  busy_ = false;
  const bool reusable = failure == Failure::none && parser_->is_done() && parser_->keep_alive() &&
                        !parser_->need_eof() && held_ == 0 && !writing_;
  if (!reusable) close();
  owner_.on_finished(*this);
}

void Session::abandon(Failure failure, const std::string& why) {
  close();
  finish(failure, why);
}

Failure Session::failure() const {
  return failure_ != Failure::none ? failure_ : reader_.facts().failure;
}

const std::string& Session::message() const {
  return failure_ != Failure::none ? message_ : reader_.facts().message;
}

}  // namespace hopcost::loadgen
