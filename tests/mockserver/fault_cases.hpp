#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/fault/fault_plan.hpp"
#include "tests/mockserver/client.hpp"

namespace hopcost::mockserver::fault_cases {

/// Tokens of every answer.
inline constexpr std::uint32_t kTokens = 6;

/// A server whose answers have so many; `more`: further keys of its scenario, after a comma.
[[nodiscard]] TestServer quick_server(std::string_view more = "");
/// A chat request that asks for faults.
[[nodiscard]] std::string asking(std::string_view fault, bool stream,
                                 std::string_view more_lines = {});
[[nodiscard]] std::size_t count_of(std::string_view text, std::string_view what);
/// How many words of an answer are in a part of a stream.
[[nodiscard]] std::size_t words_in(std::string_view wire);
/// All of the answer is there; only how it was sent may differ.
void check_said(const Reply& reply);
/// All of it is there, with valid characters of several bytes in it.
void check_multibyte(const Reply& reply);

/// How a reply ends.
enum class Ends : std::uint8_t { whole, fin, reset, stall };

/// One fault and what it must look like. `check` is given a whole reply, or else all bytes that
/// came until the connection ended or stood still, as `body`.
struct Case {
  FaultKind kind;
  std::string header;
  bool stream;
  Ends ends;
  void (*check)(const Reply&);
};

[[nodiscard]] std::vector<Case> unary_cases();
[[nodiscard]] std::vector<Case> stream_cases();
/// Streams that are whole and only look different, or come in other pieces.
[[nodiscard]] std::vector<Case> form_cases();

}  // namespace hopcost::mockserver::fault_cases
