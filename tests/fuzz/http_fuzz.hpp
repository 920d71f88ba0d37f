#pragma once

#include <string>
#include <vector>

#include "common/http_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace hopcost::fuzz {

/// What a parser handed on, bodies joined: where they are cut is the network's affair.
struct SeenMessage {
  std::string start;
  std::string fields;
  std::string body;
  int headers = 0;

  void on_request(http::verb, std::string_view method, std::string_view target) {
    start.append(method).append(" ").append(target);
  }
  void on_response(int status) { start += std::to_string(status); }
  void on_field(http::field, std::string_view name, std::string_view value) {
    fields.append(name).append("=").append(value).append(";");
  }
  void on_header() { ++headers; }
  void on_body(std::string_view bytes) { body += bytes; }
  bool operator==(const SeenMessage&) const = default;
};

struct ParsedMessage {
  SeenMessage seen;
  std::size_t used = 0;
  bool done = false;
  bool failed = false;
};

/// Feeds `pieces` as a connection would: bytes the parser leaves are offered again with more behind
/// them, from other memory.
template <bool kRequest>
ParsedMessage parse_message(const std::vector<std::string>& pieces) {
  ParsedMessage result;
  HttpParser<kRequest, SeenMessage> parser(result.seen);
  // Larger than any input: the limit of a head counts from where the parser stands, and so would
  // depend on the cuts.
  parser.header_limit(1U << 24U);
  parser.body_limit(1U << 24U);
  std::string waiting;
  for (const auto& piece : pieces) {
    waiting += piece;
    error_code ec;
    const std::string offered = waiting;
    const std::size_t used = parser.feed(offered, ec);
    expect(used <= offered.size(), "no more is taken than was offered");
    result.used += used;
    waiting.erase(0, used);
    if (ec) {
      result.failed = true;
      break;
    }
  }
  result.done = parser.is_done();
  return result;
}

/// A message in pieces is the message in one; a fault may only be noticed later.
template <bool kRequest>
void check_message(std::string_view bytes) {
  const auto input = cut(bytes);
  const auto whole = parse_message<kRequest>({input.text});
  const auto parts = parse_message<kRequest>(input.pieces);
  expect(parts.done == whole.done, "whether a message is complete does not depend on cuts");
  if (whole.done) {
    expect(parts.seen == whole.seen, "a complete message is the same in pieces");
    expect(parts.used == whole.used, "a complete message ends at the same byte in pieces");
    expect(whole.seen.headers == 1, "a complete message has one head");
  } else {
    expect(whole.failed || !parts.failed, "an unfinished message is no fault in pieces either");
    expect(whole.seen.start.starts_with(parts.seen.start) &&
               whole.seen.fields.starts_with(parts.seen.fields) &&
               whole.seen.body.starts_with(parts.seen.body),
           "pieces hand on nothing that the whole does not have");
  }
}

}  // namespace hopcost::fuzz
