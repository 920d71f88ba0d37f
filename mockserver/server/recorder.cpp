#include "mockserver/server/recorder.hpp"

namespace hopcost::mockserver {

void Recorder::Collector::on_field(http::field field, std::string_view name,
                                   std::string_view value) {
  headers.emplace_back(name, value);
  if (field == http::field::content_type) streams = value.starts_with("text/event-stream");
}

Recorder::Recorder(std::shared_ptr<ExchangeWriter> writer, const Request& request,
                   Nanos received_ns, Nanos started_ns)
    : writer_(std::move(writer)), received_ns_(received_ns) {
  parser_.body_limit(boost::none);
  exchange_.at_ns = received_ns - started_ns;
  exchange_.method = "POST";
  exchange_.target = request.target();
  request.for_each_header([this](std::string_view name, std::string_view value) {
    exchange_.headers.emplace_back(name, value);
  });
  exchange_.body = request.body();
}

void Recorder::take(std::string_view bytes, Nanos now_ns) {
  if (broken_) return;
  unread_ += bytes;
  error_code ec;
  unread_.erase(0, parser_.feed(unread_, ec));
  broken_ = ec.failed();
  if (!collector_.body.empty()) {
    pieces_.push_back({now_ns - received_ns_, std::exchange(collector_.body, {})});
  }
}

void Recorder::finish() {
  if (collector_.status == 0) return;  // nothing that could be given again was sent
  exchange_.status = collector_.status;
  exchange_.reply_headers = std::move(collector_.headers);
  if (collector_.streams) {
    exchange_.reply = std::move(pieces_);
  } else {
    std::string body;
    for (const auto& piece : pieces_) body += piece.bytes;
    exchange_.reply = std::move(body);
  }
  writer_->append(exchange_);
}

}  // namespace hopcost::mockserver
