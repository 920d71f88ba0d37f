#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_parser.hpp"
#include "overhead/reference_proxy/injection.hpp"

namespace hopcost::reference_proxy {

/// Header fields to pass on, as text. Leaves out what belongs to one connection only (Connection
/// and the fields it names, Keep-Alive, Transfer-Encoding, Upgrade, TE, Trailer, Proxy-*), and
/// Content-Length, which whoever frames the message writes anew.
class HeadFields {
 public:
  static constexpr std::size_t kMaxBytes = 64U << 10U;

  void add(http::field field, std::string_view name, std::string_view value);
  /// Call once after the last field: a Connection field may name fields that came before it.
  void finish();

  [[nodiscard]] const std::string& text() const { return text_; }  ///< "Name: value\r\n"...
  [[nodiscard]] bool too_large() const { return text_.size() > kMaxBytes; }
  /// A transfer coding other than chunked: we could not frame such a body.
  [[nodiscard]] bool unknown_coding() const { return unknown_coding_; }
  void clear();

 private:
  std::string text_;
  std::string named_;  ///< values of Connection fields, joined by commas
  bool unknown_coding_ = false;
};

/// One request as it comes in: handler for RequestParser. Bodies are held whole.
class RequestHead {
 public:
  void begin(const Injection& defaults);

  void on_request(http::verb verb, std::string_view method, std::string_view target);
  void on_field(http::field field, std::string_view name, std::string_view value);
  void on_header();
  void on_body(std::string_view bytes) { body.append(bytes); }

  std::string method;
  std::string target;
  std::string body;
  HeadFields fields;
  Injection injection;
  std::optional<Error> bad_override;  ///< the first header of ours whose value makes no sense
  bool complete = false;              ///< the head, not the body
  bool expects_continue = false;
  bool is_head = false;
};

/// One response as it comes in: handler for ResponseParser. Body bytes are views into what is fed.
class ResponseHead {
 public:
  void begin();

  void on_response(int code) { status = code; }
  void on_field(http::field field, std::string_view name, std::string_view value);
  void on_header();
  void on_body(std::string_view bytes) {
    body.push_back(bytes);
    body_size += bytes.size();
  }

  int status = 0;
  HeadFields fields;
  bool complete = false;
  bool event_stream = false;
  std::vector<std::string_view> body;  ///< of the bytes fed last
  std::size_t body_size = 0;
};

/// "POST /x HTTP/1.1", Host, the fields, Content-Length where the request had a body.
[[nodiscard]] std::string request_head_text(const RequestHead& request, std::string_view host,
                                            bool with_length);

/// "HTTP/1.1 200 OK\r\n": the reason is the standard one of the status, empty where there is none.
void append_status_line(std::string& out, int status);

/// {"error": {"message", "type", "param", "code"}} as OpenAI's API words errors.
[[nodiscard]] std::string error_body(std::string_view message, std::string_view type,
                                     std::string_view param, std::string_view code);

}  // namespace hopcost::reference_proxy
