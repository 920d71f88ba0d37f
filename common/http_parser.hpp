#pragma once

#include <cstdint>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/optional.hpp>

#include "common/asio.hpp"

namespace hopcost {

namespace http = boost::beast::http;

/// One HTTP/1.x message, parsed from bytes as they come, handed on in views: nothing is stored.
///
/// Beast's parser does the grammar (chunked bodies, conflicting lengths, limits); a handler says
/// what to keep. A handler for requests has `on_request(verb, method, target)`, one for responses
/// `on_response(status)`; both have `on_field(field, name, value)`, `on_header()` and
/// `on_body(bytes)`. One parser serves one message; construct a new one for the next.
template <bool kRequest, class Handler>
class HttpParser final : public http::basic_parser<kRequest> {
  using Base = http::basic_parser<kRequest>;
  using View = boost::beast::string_view;

 public:
  explicit HttpParser(Handler& handler) : handler_(handler) { this->eager(true); }

  /// Takes what it can of `bytes` and returns how much. `ec` is set only for a real fault: an
  /// incomplete head just leaves bytes to be offered again with more behind them.
  std::size_t feed(std::string_view bytes, error_code& ec) {
    std::size_t used = 0;
    ec = {};
    if (bytes.size() < kEmptyBody.size() && at_empty_body(bytes)) return 0;
    while (used < bytes.size() && !this->is_done()) {
      used += this->put(asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
      if (ec == http::error::need_more) {
        ec = {};
        if (has_open_quote(bytes.substr(used))) ec = http::error::bad_chunk_extension;
        break;
      }
      if (ec) break;
    }
    return used;
  }

  [[nodiscard]] int version() const { return version_; }  ///< 10 or 11

 private:
  static constexpr std::string_view kEmptyBody = "0\r\n\r\n";

  /// Whether a chunked body may be beginning with its last chunk. Beast, having met the `0\r\n` of
  /// one, asserts that the next offer holds all of it, though a peer may send byte by byte.
  bool at_empty_body(std::string_view bytes) const {
    return bytes.starts_with('0') && this->is_header_done() && !this->is_done() &&
           this->chunked() && !has_chunk_;
  }

  /// Whether what is left is the line before a chunk's bytes, whole, with a quoted extension that
  /// does not end in it. Beast would look for its end in the lines behind.
  bool has_open_quote(std::string_view rest) const {
    if (!this->is_header_done() || !this->chunked()) return false;
    if (rest.starts_with("\r\n")) rest.remove_prefix(2);  // the end of the chunk before
    const std::size_t line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos) return false;
    bool quoted = false;
    for (std::size_t i = 0; i < line_end; ++i) {
      if (rest[i] == '"') quoted = !quoted;
      if (rest[i] == '\\' && quoted) ++i;
    }
    return quoted;
  }

  static std::string_view std_view(View v) { return {v.data(), v.size()}; }

  void on_request_impl(http::verb verb, View method, View target, int version,
                       error_code& /*ec*/) override {
    version_ = version;
    if constexpr (kRequest) handler_.on_request(verb, std_view(method), std_view(target));
  }
  void on_response_impl(int status, View /*reason*/, int version, error_code& /*ec*/) override {
    version_ = version;
    if constexpr (!kRequest) handler_.on_response(status);
  }
  void on_field_impl(http::field field, View name, View value, error_code& /*ec*/) override {
    handler_.on_field(field, std_view(name), std_view(value));
  }
  void on_header_impl(error_code& /*ec*/) override { handler_.on_header(); }
  void on_body_init_impl(boost::optional<std::uint64_t> const& /*length*/,
                         error_code& /*ec*/) override {}
  std::size_t on_body_impl(View body, error_code& /*ec*/) override {
    handler_.on_body(std_view(body));
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, View /*extensions*/,
                            error_code& /*ec*/) override {
    has_chunk_ = true;
  }
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, View body, error_code& /*ec*/) override {
    handler_.on_body(std_view(body));
    return body.size();
  }
  void on_finish_impl(error_code& /*ec*/) override {}

  Handler& handler_;
  int version_ = 11;
  bool has_chunk_ = false;
};

template <class Handler>
using RequestParser = HttpParser<true, Handler>;
template <class Handler>
using ResponseParser = HttpParser<false, Handler>;

}  // namespace hopcost
