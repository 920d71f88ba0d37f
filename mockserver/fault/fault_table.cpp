#include <array>

#include "mockserver/fault/fault.hpp"

namespace hopcost::mockserver {
namespace {

using enum FaultKind;

// At the place its kind numbers; a test holds this and the enumeration together. Parameters with a
// value after `=` have that default, the others are off where absent.
constexpr std::array<FaultInfo, kFaultKinds> kTable{{
    {error, "error", "an error object with its HTTP status instead of the answer, after a wait",
     "status=500, code, for=0, retry_after, retry_after_ms, should_retry"},
    {header_stall, "header-stall", "nothing is sent for a time, or until the client leaves", "for"},
    {close_before_reply, "close-before-reply", "FIN before any byte of the reply, after a wait",
     "for=0"},
    {reset_before_reply, "reset-before-reply", "RST before any byte of the reply, after a wait",
     "for=0"},
    {close_after_head, "close-after-head", "FIN after the reply's head, before its body", ""},
    {wrong_content_type, "wrong-content-type", "the right body as text/plain", ""},
    {empty_body, "empty-body", "status 200 with a body of no bytes", ""},
    {html_body, "html-body", "a proxy's error page as text/html instead of the answer",
     "status=502"},
    {first_token_stall, "first-token-stall",
     "a wait after the head and the opening events, for a time or until the client leaves", "for"},
    {mid_stream_stall, "mid-stream-stall",
     "a wait after so many tokens, for a time or until the client leaves", "after=1, for"},
    {close, "close", "FIN after so many tokens", "after=1"},
    {reset, "reset", "RST after so many tokens", "after=1"},
    {error_event, "error-event", "an error object after so many tokens, then the stream's end",
     "after=1, status=500, code"},
    {malformed_json, "malformed-json",
     "the event after so many tokens, or a unary body, is JSON cut in its middle", "after=1"},
    {huge_event, "huge-event", "the event after so many tokens is padded to so many bytes",
     "after=1, size=1048576"},
    {no_done, "no-done", "a stream without its `data: [DONE]`", ""},
    {unterminated_event, "unterminated-event", "the last event lacks its blank line", ""},
    {truncated_body, "truncated-body",
     "FIN before the end that Content-Length or chunked coding promised", ""},
    {crlf, "crlf", "lines of the stream end in CR LF", ""},
    {cr, "cr", "lines of the stream end in CR", ""},
    {mixed_line_ends, "mixed-line-ends", "lines of the stream end in LF, CR LF and CR in turn", ""},
    {comments, "comments", "a `: ping` comment before every event", ""},
    {keep_alive, "keep-alive", "a `: ping` comment at every interval while the stream waits",
     "gap=1s"},
    {split_data_lines, "split-data-lines", "the JSON of an event over several `data:` lines", ""},
    {event_without_data, "event-without-data", "an event without data before every event", ""},
    {no_space, "no-space", "`data:` without the space after it", ""},
    {id_retry_fields, "id-retry-fields", "`id:` in every event and `retry:` in the first", ""},
    {bom, "bom", "a byte order mark at the start of the stream", ""},
    {trickle, "trickle", "very short writes with a gap after each", "bytes=1, gap=1ms"},
    {split, "split", "writes of at most so many bytes", "bytes=7, gap=1ms"},
    {split_utf8, "split-utf8",
     "the text has multi-byte characters, and a write ends inside each of them", "gap=1ms"},
    {coalesce, "coalesce", "several events in one write", "events=8"},
}};

}  // namespace

std::span<const FaultInfo> fault_table() {
  return kTable;
}

std::string_view to_string(FaultKind kind) {
  return kTable[static_cast<std::size_t>(kind)].name;
}

std::optional<FaultKind> fault_kind(std::string_view name) {
  for (const auto& info : kTable) {
    if (info.name == name) return info.kind;
  }
  return std::nullopt;
}

}  // namespace hopcost::mockserver
