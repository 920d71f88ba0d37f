#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "mockserver/api/api_error.hpp"
#include "mockserver/fault/fault.hpp"
#include "mockserver/fault/sse_form.hpp"
#include "mockserver/fault/write_shape.hpp"

namespace hopcost::mockserver {

/// A wait that ends when the client leaves.
inline constexpr Nanos kForEver = std::numeric_limits<Nanos>::max();

/// How a connection ends before its time: by FIN, or by RST (SO_LINGER of zero).
enum class Cut : std::uint8_t { none, close, reset };

/// What the body is instead of the answer.
enum class BodyKind : std::uint8_t { answer, empty, html };

/// What to do to one reply, stage by stage, in the order of the members. A value; the default does
/// nothing. Stages that do not apply to a reply (events of a unary one) are passed over.
///
/// Tokens are counted per choice. On a unary reply, "after k tokens" is the place that
/// place_in_body gives; a stall before the first token is one between head and body.
struct FaultPlan {
  /// Bit 1 << kind for each fault in it: cheap to test, and to count by name.
  std::uint64_t kinds = 0;

  // Before the reply: wait; then leave, or answer with an error instead.
  Nanos header_stall_ns = 0;
  Cut cut_before_reply = Cut::none;
  int error_status = 0;  ///< 0: no error
  std::string error_code;
  std::optional<std::uint32_t> retry_after;
  std::optional<std::uint32_t> retry_after_ms;
  std::optional<bool> should_retry;

  // Head and body.
  BodyKind body = BodyKind::answer;
  int body_status = 200;  ///< of an html body
  bool wrong_content_type = false;
  Cut cut_after_head = Cut::none;

  // Between tokens. Of the first, the events of ReplyWriter::open have been sent.
  Nanos first_token_stall_ns = 0;
  Nanos mid_stall_ns = 0;
  std::uint32_t mid_stall_after = 0;

  // The piece that follows k tokens is spoilt: malformed_events or huge_events.
  std::optional<std::uint32_t> malformed_after;
  std::optional<std::uint32_t> huge_after;
  std::size_t huge_size = 0;

  // After k tokens the stream ends: by a cut, or by ReplyWriter::fail and a proper end without
  // `[DONE]`. A cut comes after an error event of the same place.
  Cut cut = Cut::none;
  std::uint32_t cut_after = 0;
  int event_error_status = 0;  ///< 0: no error event
  std::uint32_t event_error_after = 0;
  std::string event_error_code;

  // The end of a stream that reaches it. `truncated`: a unary reply promises more bytes than it
  // sends, a stream lacks its last HTTP chunk; then FIN.
  bool no_done = false;
  bool unterminated = false;
  bool truncated = false;

  // Shape of events and of writes. While a wait lasts, a ping is sent at every interval.
  SseForm form;
  Nanos ping_every_ns = 0;  ///< 0: none
  WriteShape write;

  [[nodiscard]] bool none() const { return kinds == 0; }
  [[nodiscard]] bool has(FaultKind kind) const {
    return ((kinds >> static_cast<unsigned>(kind)) & 1U) != 0;
  }
  /// Adds a fault. What an earlier one said about the same thing stands.
  void add(const Fault& fault);

  /// Valid where error_status is not 0.
  [[nodiscard]] ApiError error() const;
  /// Valid where event_error_status is not 0.
  [[nodiscard]] ApiError event_error() const;
  /// `Retry-After`, `retry-after-ms`, `x-should-retry`: those that were asked for, as whole header
  /// lines with CRLF.
  void append_error_headers(std::string& head) const;

  bool operator==(const FaultPlan&) const = default;
};

[[nodiscard]] FaultPlan make_plan(std::span<const Fault> faults);

/// What wrong-content-type says instead of the right one.
inline constexpr std::string_view kWrongContentType = "text/plain; charset=utf-8";
/// How many bytes more than it sends a truncated unary reply promises.
inline constexpr std::size_t kTruncatedBytes = 64;

/// Where in a unary body of `size` bytes "after k of n tokens" is: the same share of it, never its
/// end, unless the body is empty.
[[nodiscard]] std::size_t place_in_body(std::size_t size, std::uint32_t after,
                                        std::uint32_t tokens);

/// The error object OpenAI's API sends with a status, 400 to 599.
[[nodiscard]] ApiError error_for_status(int status);
/// The same with another code where `code` is not empty: `insufficient_quota` makes 429 the kind of
/// error that waiting does not help.
[[nodiscard]] ApiError error_for_status(int status, std::string_view code);

}  // namespace hopcost::mockserver
