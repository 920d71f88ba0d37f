#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// Everything that can be made to go wrong with one reply. The order is the table's.
enum class FaultKind : std::uint8_t {
  error,
  header_stall,
  close_before_reply,
  reset_before_reply,
  close_after_head,
  wrong_content_type,
  empty_body,
  html_body,
  first_token_stall,
  mid_stream_stall,
  close,
  reset,
  error_event,
  malformed_json,
  huge_event,
  no_done,
  unterminated_event,
  truncated_body,
  crlf,
  cr,
  mixed_line_ends,
  comments,
  keep_alive,
  split_data_lines,
  event_without_data,
  no_space,
  id_retry_fields,
  bom,
  trickle,
  split,
  split_utf8,
  coalesce,
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::coalesce) + 1;

/// One row of the documented table. All texts live as long as the program.
struct FaultInfo {
  FaultKind kind;
  std::string_view name;        ///< kebab-case, as in the header and in YAML
  std::string_view summary;     ///< one line
  std::string_view parameters;  ///< "after=1, for": what it takes, with the defaults
};

/// Every fault, at the place its kind numbers.
[[nodiscard]] std::span<const FaultInfo> fault_table();
[[nodiscard]] std::string_view to_string(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> fault_kind(std::string_view name);

/// What a fault's parameter may be, so that no request exhausts memory.
inline constexpr std::uint32_t kMaxHugeEvent = 16U << 20U;  ///< bytes
inline constexpr Nanos kMaxFaultTime = 24 * 3600 * kSecond;
inline constexpr std::size_t kMaxFaults = 16;  ///< in one header

/// One fault with the parameters that were given; the others take the table's defaults.
struct Fault {
  FaultKind kind = FaultKind::error;
  std::optional<std::uint32_t> after = {};           ///< tokens sent before it happens
  std::optional<Nanos> duration_ns = {};             ///< `for`; a stall without it never ends
  std::optional<int> status = {};                    ///< HTTP status
  std::optional<std::uint32_t> retry_after = {};     ///< seconds
  std::optional<std::uint32_t> retry_after_ms = {};  ///< milliseconds
  std::optional<bool> should_retry = {};             ///< `x-should-retry`
  std::optional<std::uint32_t> bytes = {};           ///< longest write
  std::optional<std::uint32_t> size = {};            ///< of an event, in bytes
  std::optional<std::uint32_t> events = {};          ///< in one write
  std::optional<Nanos> gap_ns = {};                  ///< between writes or pings
  std::string code = {};  ///< of the error object; empty: the status's own

  bool operator==(const Fault&) const = default;
};

/// Sets the parameter `name` ("after", "for", "retry_after", ...) from text. The error is one
/// sentence: unknown, not a parameter of this kind, given twice, or out of range.
[[nodiscard]] std::expected<void, std::string> set_parameter(Fault& fault, std::string_view name,
                                                             std::string_view value);

/// What was given, as (name, text) pairs that set_parameter reads back.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> parameters_of(
    const Fault& fault);

/// The header that asks for faults in one reply, and llm-d-inference-sim's for an error status.
inline constexpr std::string_view kFaultHeader = "x-hopcost-fault";
inline constexpr std::string_view kReturnErrorHeader = "x-return-error";

/// `mid-stream-stall; after=3; for=200ms, crlf`: names with parameters, separated by commas. In a
/// parameter's name `-` may stand for `_`. An empty text is no fault. The error is one sentence, to
/// be answered with 400.
[[nodiscard]] std::expected<std::vector<Fault>, std::string> parse_fault_header(
    std::string_view text);

/// `429`: the value of X-Return-Error. As in llm-d-inference-sim the error of that status is
/// answered at once, and a value that is no whole number is answered with 400. A number outside
/// 400 to 599, of which no error can be made, is refused like that too.
[[nodiscard]] std::expected<Fault, std::string> parse_return_error(std::string_view text);

}  // namespace hopcost::mockserver
