#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hopcost::mockserver {

enum class LineEnd : std::uint8_t {
  lf,
  crlf,
  cr,
  mixed,  ///< LF, CRLF and CR in turn, also inside one event
};

/// How the events of a stream look on the wire. Every form is legal by the specification of
/// text/event-stream (WHATWG HTML, 9.2.6), so a right reader sees the same data in each.
struct SseForm {
  LineEnd line_end = LineEnd::lf;
  bool bom = false;           ///< the stream starts with a byte order mark
  bool comments = false;      ///< `: ping` and a blank line before every event
  bool split_data = false;    ///< JSON over several `data:` lines, cut only outside its strings
  bool empty_events = false;  ///< an `event:` line without data before every event
  bool no_space = false;      ///< `data:{...}` instead of `data: {...}`
  bool id_retry = false;      ///< `id:` in every event, `retry:` in the first

  [[nodiscard]] bool plain() const { return *this == SseForm{}; }
  bool operator==(const SseForm&) const = default;
};

/// What `bom` puts at the start of a stream.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Appends whole events given in LF form (`data: {...}\n\n`, one after another) in the form asked
/// for. `index` counts the stream's events before these: 0 is the start of the stream. Gives the
/// count after them. What follows the last blank line is an event cut short; it stays cut short.
std::uint64_t append_reformed(std::string& out, std::string_view lf_events, const SseForm& form,
                              std::uint64_t index);

/// Appends one comment, as servers send while they have nothing to say.
void append_ping(std::string& out, const SseForm& form);

/// The events with the data of the first one cut in its middle: JSON that never ends, in an event
/// that does. LF form in and out.
[[nodiscard]] std::string malformed_events(std::string_view lf_events);

/// The first half of a JSON body, cut between characters: never valid JSON if the body was an
/// object, an array or a string.
[[nodiscard]] std::string_view malformed_body(std::string_view json);

/// The events with the first JSON object padded by white space until that event has `size` bytes:
/// the same event to every reader of JSON, only long. LF form in and out.
[[nodiscard]] std::string huge_events(std::string_view lf_events, std::size_t size);

/// The events without their last blank line, so that the last one never ends. LF form in and out.
[[nodiscard]] std::string_view unterminated(std::string_view lf_events);

/// The error page a reverse proxy shows for a status, as text/html.
[[nodiscard]] std::string http_page(int status);

}  // namespace hopcost::mockserver
