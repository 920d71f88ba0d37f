#include "loadgen/exchange/session.hpp"

#include <algorithm>
#include <charconv>

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

Session::Session(EventLoop& loop, ReceiveBuffer& buffer, const Tcp::endpoint& peer,
                 const Workload& workload, std::size_t target, ReplyReader reader,
                 SessionOwner& owner, const Tls* tls)
    : Channel(loop, buffer, peer, target, tls),
      target_(target),
      request_(workload, target),
      owner_(owner),
      reader_(std::move(reader)) {}

void Session::connect() {
  connect_ns_ = now_ns();
  Channel::connect();
}

void Session::on_open(const std::string& why) {
  const Nanos now = now_ns();
  owner_.on_wake(now);
  if (why.empty()) {
    owner_.on_connected(*this, now - connect_ns_);
  } else {
    owner_.on_connect_failed(*this, why);
  }
}

void Session::send(Order order, bool expect_stream, MetricSet* metrics) {
  busy_ = true;
  order_ = std::move(order);
  metrics_ = metrics;
  expect_stream_ = expect_stream;
  failure_ = Failure::none;
  message_.clear();
  error_body_.clear();
  heard_ = false;
  status_ = 0;
  retry_after_ = 0;
  event_stream_ = false;
  begin_reply();
  reader_.begin(expect_stream, order_.id, metrics);
  timeline_ = Timeline{};
  timeline_.last_send = now_ns();
  timeline_.send = order_.first_send == 0 ? timeline_.last_send : order_.first_send;
  timeline_.intended = order_.intended == 0 ? timeline_.send : order_.intended;
  const std::string_view bytes =
      request_.prepare(order_.asked, order_.earlier, order_.id, timeline_.last_send);
  bytes_written_ += bytes.size();
  auto why = Channel::send(bytes);
  if (!why.empty()) finish(Failure::closed, std::move(why));
}

void Session::begin_reply() {
  parser_.emplace(*this);
  parser_->body_limit(boost::none);
}

std::size_t Session::on_bytes(std::string_view bytes) {
  if (!busy_) {  // nobody asked: what would come after it could not be told from it
    close();
    return bytes.size();
  }
  read_ns_ = now_ns();
  owner_.on_wake(read_ns_);
  heard_ = true;
  error_code ec;
  std::size_t used = parser_->feed(bytes, ec);
  while (!ec && parser_->is_done() && status_ / 100 == 1) {  // interim: the real one follows
    begin_reply();
    used += parser_->feed(bytes.substr(used), ec);
  }
  bytes_read_ += used;
  if (const auto events = reader_.take_event_count(); events > 0 && counted()) {
    owner_.on_content_read(*this, events, read_ns_);
  }
  if (ec) {
    finish(Failure::truncated, ec.message());
  } else if (parser_->is_done()) {
    const bool whole = used == bytes.size() && !sending();
    finish(Failure::none, {}, whole && parser_->keep_alive() && !parser_->need_eof());
  } else if (used == 0 && bytes.size() == std::tuple_size_v<ReceiveBuffer>) {
    finish(Failure::truncated, "the reply's head is too long");
  }
  return used;
}

void Session::on_cut(const std::string& why, bool ended) {
  if (!busy_) {
    close();
    return;
  }
  read_ns_ = now_ns();
  owner_.on_wake(read_ns_);
  if (!heard_) {
    finish(Failure::closed, why);
    return;
  }
  error_code ec;
  const bool ends_so = ended && parser_->is_header_done() && parser_->need_eof();
  if (ends_so) parser_->put_eof(ec);
  if (ends_so && !ec) {
    finish(Failure::none, {});
  } else {
    finish(Failure::truncated, why);
  }
}

void Session::on_field(http::field field, std::string_view name, std::string_view value) {
  if (field == http::field::content_type) {
    event_stream_ = value.starts_with("text/event-stream");
  } else if (field == http::field::retry_after) {
    retry_after_ = std::max(retry_after_, retry_after_in(value, kSecond));
  } else if (field == http::field::unknown && boost::beast::iequals(name, "retry-after-ms")) {
    retry_after_ = std::max(retry_after_, retry_after_in(value, kMillisecond));
  }
  if (server_time_ != nullptr && boost::beast::iequals(name, server_time_->name)) {
    timeline_.server_time = server_time_in(value, server_time_->unit).value_or(-1);
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

void Session::finish(Failure failure, std::string message, bool reusable) {
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
