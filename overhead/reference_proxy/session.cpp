#include "overhead/reference_proxy/session.hpp"

#include <mutex>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include "overhead/reference_proxy/worker.hpp"

namespace hopcost::reference_proxy {
namespace {

constexpr std::size_t kMaxRequestBody = 64U << 20U;
constexpr std::size_t kMaxThrownAway = 1U << 20U;

bool is_local(std::string_view target) {
  return target.starts_with("/__reference/") || target == "/__reference";
}

}  // namespace

Session::Session(Socket client, Worker& worker)
    : client_(std::move(client)),
      worker_(worker),
      exchange_(worker.context(), worker.pool(), worker.settings().backends, *this) {}

void Session::start() {
  worker_.enlist(*this);
  error_code ignored;
  client_.set_option(Tcp::no_delay(!worker_.settings().split_replies), ignored);
  read_client();
}

void Session::close() {
  if (std::exchange(closed_, true)) return;
  exchange_.abort();
  error_code ignored;
  client_.close(ignored);
  worker_.leave(*this);
}

void Session::drain() {
  const bool idle = state_ == State::receiving && in_.empty() && (!parser_ || !parser_->got_some());
  if (idle || state_ == State::lingering) close();
}

// While a reply is under way a read stays posted: it notices at once that the client is gone, and
// what it brings instead is the next, pipelined request.
void Session::read_client() {
  if (closed_ || reading_) return;
  const auto room = in_.prepare();
  if (room.empty()) return;
  reading_ = true;
  client_.async_read_some(asio::buffer(room.data(), room.size()),
                          [this, self = shared_from_this()](error_code ec, std::size_t bytes) {
                            reading_ = false;
                            if (closed_) return;
                            if (ec) return close();
                            on_client_bytes(bytes);
                          });
}

void Session::on_client_bytes(std::size_t bytes) {
  if (state_ == State::lingering) return throw_away(bytes);
  in_.commit(bytes);
  if (state_ != State::receiving) return read_client();
  received_at_ = now_ns();
  parse_request();
}

void Session::throw_away(std::size_t bytes) {
  thrown_away_ += bytes;
  if (thrown_away_ > kMaxThrownAway) return close();
  read_client();
}

void Session::parse_request() {
  if (!parser_) {
    request_.begin(worker_.settings().defaults);
    parser_.emplace(request_);
    parser_->body_limit(kMaxRequestBody);
    parser_->header_limit(ReadBuffer::kMax / 2);
  }
  error_code fault;
  in_.consume(parser_->feed(in_.view(), fault));
  if (!fault && request_.fields.too_large()) fault = http::error::header_limit;
  if (!fault && request_.fields.unknown_coding()) fault = http::error::bad_transfer_encoding;
  if (fault) return refuse(fault);
  if (parser_->is_done()) return on_request_complete();
  continue_if_expected();
  read_client();
}

void Session::continue_if_expected() {
  if (!request_.complete || !std::exchange(request_.expects_continue, false)) return;
  if (parser_->version() < 11) return;
  replies_.push().bytes.append("HTTP/1.1 100 Continue\r\n\r\n");
  replies_.added();
  pump();
}

void Session::refuse(error_code fault) {
  int status = 400;
  if (fault == http::error::header_limit) status = 431;
  if (fault == http::error::body_limit) status = 413;
  if (fault == http::error::bad_transfer_encoding) status = 501;
  keep_alive_ = false;
  client_is_11_ = true;
  request_.is_head = false;
  state_ = State::lingering;
  in_.consume(in_.size());
  answer(status, error_body(fmt::format("The request cannot be taken: {}", fault.message()),
                            "invalid_request_error", "", "bad_request"));
}

void Session::on_request_complete() {
  keep_alive_ = parser_->keep_alive();
  client_is_11_ = parser_->version() == 11;
  if (is_local(request_.target)) {
    state_ = State::answering;
    answer_locally();
  } else if (request_.bad_override) {
    const Error& error = *request_.bad_override;
    state_ = State::answering;
    answer(400, error_body(fmt::format("Header {}: {}", error.where, error.message),
                           "invalid_request_error", error.where, "invalid_header"));
  } else if (request_.injection.add_delay > 0) {
    state_ = State::delaying;
    ready_at_ = now_ns();
    forward_at_ = received_at_ + request_.injection.add_delay;
    worker_.deadlines().add(forward_at_, shared_from_this());
  } else {
    launch();
  }
  read_client();
}

void Session::on_deadline() {
  if (closed_) return;
  const Nanos now = now_ns();
  if (state_ == State::lingering && linger_until_ > 0 && now >= linger_until_) return close();
  if (state_ != State::delaying) return pump();
  if (now < forward_at_) return;  // the deadline of something before
  worker_.truth().record(Cost::add_delay, request_.injection.add_delay, now - ready_at_);
  launch();
}

void Session::launch() {
  state_ = State::relaying;
  const auto backend = worker_.next_backend();
  const bool had_body = parser_->content_length().has_value() || parser_->chunked();
  request_text_ = request_head_text(request_, worker_.settings().backends[backend].host, had_body);
  if (request_.injection.burn_cpu > 0) {
    const Nanos asked = request_.injection.burn_cpu;
    std::unique_lock<TurnLock> turn;
    if (auto* const lock = worker_.settings().burn_lock) turn = std::unique_lock(*lock);
    worker_.truth().record(Cost::burn_cpu, asked, burn_thread_cpu(asked));
  }
  exchange_.start(backend, request_text_, request_.body, request_.is_head);
}

}  // namespace hopcost::reference_proxy
