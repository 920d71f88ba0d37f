#pragma once

#include <memory>
#include <string>

#include "common/clock.hpp"
#include "common/http_parser.hpp"
#include "mockserver/admin/exchange_log.hpp"
#include "mockserver/admin/exchange_writer.hpp"
#include "mockserver/http/request.hpp"

namespace hopcost::mockserver {

/// Writes down one request and its reply. Reads the reply as a client would, from the very bytes
/// that were sent, so that whatever was done to them is in the record.
class Recorder {
 public:
  /// `received_ns`: when the request's last byte was there; `started_ns`: when the server began.
  Recorder(std::shared_ptr<ExchangeWriter> writer, const Request& request, Nanos received_ns,
           Nanos started_ns);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// These bytes were sent now.
  void take(std::string_view bytes, Nanos now_ns);
  /// Appends the exchange to the file; a reply that was cut short is kept as far as it went.
  void finish();

 private:
  struct Collector {
    int status = 0;
    HeaderFields headers;
    bool streams = false;
    std::string body;  ///< since the last take()

    void on_response(int value) { status = value; }
    void on_field(http::field field, std::string_view name, std::string_view value);
    void on_header() {}
    void on_body(std::string_view bytes) { body.append(bytes); }
  };

  std::shared_ptr<ExchangeWriter> writer_;
  Exchange exchange_;
  const Nanos received_ns_;
  Collector collector_;
  ResponseParser<Collector> parser_{collector_};
  std::string unread_;
  std::vector<ReplyPiece> pieces_;
  bool broken_ = false;
};

}  // namespace hopcost::mockserver
