#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost::mockserver {

/// Names and values as they were sent, in their order.
using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// What one write of a streamed reply sent, and when.
struct ReplyPiece {
  Nanos after_ns = 0;  ///< since the request's last byte was read; never less than the piece before
  std::string bytes;   ///< of the body, without transfer coding
  friend bool operator==(const ReplyPiece&, const ReplyPiece&) = default;
};

/// One request and its reply, as they are recorded and replayed. Bodies are any bytes.
struct Exchange {
  Nanos at_ns = 0;  ///< when the request was read, since the server's start
  std::string method;
  std::string target;
  HeaderFields headers;
  std::string body;
  int status = 200;
  HeaderFields reply_headers;
  /// One body, or the pieces of a stream.
  std::variant<std::string, std::vector<ReplyPiece>> reply;
  friend bool operator==(const Exchange&, const Exchange&) = default;
};

/// Stands where a secret was.
inline constexpr std::string_view kRedacted = "redacted";

/// Whether values of this header never go into a record: Authorization, Proxy-Authorization,
/// cookies, and every name that ends with "api-key", "-token", "-secret" or "subscription-key".
[[nodiscard]] bool is_secret_header(std::string_view name);

/// `target` with the values of the query parameters key, api-key, api_key, access_token and token
/// replaced by kRedacted.
[[nodiscard]] std::string without_secrets(std::string_view target);

/// One line of JSON without its line end:
///
///   {"at_ns", "request": {"method", "target", "headers": [[name, value], ...], "body"},
///    "response": {"status", "headers", "body" or "pieces": [{"after_ns", "body"}, ...]}}
///
/// Secrets in headers and target are replaced. A body that is not UTF-8 is written as
/// "body_base64"; the bytes of heads are written as ISO 8859-1, so every byte is kept.
[[nodiscard]] std::string to_line(const Exchange& exchange);

/// Reads what to_line writes; any bytes are safe. Strict: unknown and missing keys, wrong types,
/// and heads that could not be sent as HTTP/1.1 are usage errors at "`where`: field", where
/// `where` is "file:line".
[[nodiscard]] Result<Exchange> from_line(std::string_view line, const std::string& where);

}  // namespace hopcost::mockserver
