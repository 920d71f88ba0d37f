#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// What the head of a reply says about the connection.
enum class ConnectionField : std::uint8_t { none, close, keep_alive };

/// The head of one reply. Views need to live during append_reply_head() only.
struct ReplyHead {
  int status = 200;
  std::string_view date;
  std::string_view content_type;
  std::string_view request_id;         ///< sixteen hexadecimal digits
  std::optional<std::size_t> length;   ///< Content-Length; without it the framing is `chunked`'s
  bool chunked = false;                ///< else the end of the connection ends the body
  std::string_view lines;              ///< more header lines, each with its CRLF
  bool cors = false;                   ///< any page of a browser may read the reply
  std::optional<Nanos> processing_ns;  ///< of API replies: openai-version, openai-processing-ms
  ConnectionField connection = ConnectionField::none;
};

/// Appends the status line, the fields and the empty line.
void append_reply_head(std::string& out, const ReplyHead& head);

/// "Not Found"; "Unknown" for a status that has no name.
[[nodiscard]] std::string_view reason_phrase(int status);

/// Makes one HTTP chunk of what lies between `begin` and the end of `out`.
void frame_chunk(std::string& out, std::size_t begin);

/// An HTTP chunk whose bytes are being appended.
struct OpenChunk {
  std::size_t at;      ///< where its size is
  std::size_t digits;  ///< how many digits that has room for
};
/// Begins a chunk of about `guess` bytes: with a good guess its bytes lie where they stay.
[[nodiscard]] OpenChunk open_chunk(std::string& out, std::size_t guess);
/// Ends it; returns how many bytes it has.
std::size_t close_chunk(std::string& out, OpenChunk chunk);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace hopcost::mockserver
