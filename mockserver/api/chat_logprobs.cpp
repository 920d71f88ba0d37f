#include "mockserver/api/chat_logprobs.hpp"

#include <iterator>

#include <fmt/format.h>

#include "mockserver/api/digits.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/logprobs.hpp"

namespace hopcost::mockserver {
namespace {

/// Without the closing brace.
void append_chance(std::string& out, const TokenChance& chance) {
  out += R"({"token":)";
  append_quoted(out, chance.token);
  fmt::format_to(std::back_inserter(out), R"(,"logprob":{:.6f},"bytes":[)", chance.logprob);
  std::string_view before;
  for (const char c : chance.token) {
    out += before;
    append_number(out, static_cast<unsigned char>(c));
    before = ",";
  }
  out += ']';
}

}  // namespace

void append_chat_logprobs(std::string& out, const TokenText& text, std::uint32_t from,
                          std::uint32_t to, std::uint32_t alternatives) {
  out += R"({"content":[)";
  for (std::uint32_t i = from; i < to; ++i) {
    if (i > from) out += ',';
    const auto chances = chances_of(text[i], i, alternatives);
    append_chance(out, chances.chosen);
    out += R"(,"top_logprobs":[)";
    std::string_view before;
    for (const auto& one : chances.top) {
      out += before;
      append_chance(out, one);
      out += '}';
      before = ",";
    }
    out += "]}";
  }
  out += R"(],"refusal":null})";
}

}  // namespace hopcost::mockserver
