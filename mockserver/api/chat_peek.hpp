#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hopcost::mockserver {

/// A chat completion request that asks for one plain text: nearly all that a load test sends.
struct PlainChat {
  std::string_view model;           ///< lives until the next peek on this thread
  std::uint64_t prompt_tokens = 0;  ///< over the contents of all messages, by common/tokens.hpp
  std::optional<std::uint32_t> max_tokens;  ///< max_completion_tokens goes before max_tokens
  std::optional<std::uint32_t> stamp_id;    ///< of the last user message's request stamp
  bool stream = false;
  bool include_usage = false;
  bool ignore_eos = false;  ///< exactly max_tokens are wanted
};

/// Reads the body of a chat completion request in one pass, without building a document and without
/// allocating in the steady state. Gives nothing for whatever is not plain, be it a request for
/// tools, several choices and the like or one that must be refused: read_chat_question() then tells
/// which. Where it gives something, read_chat_question() would have said the same.
///
/// `body` is not changed, but its capacity may grow: the parser reads past the end in whole blocks.
/// Any bytes are safe to pass.
[[nodiscard]] std::optional<PlainChat> peek_plain_chat(std::string& body);

/// The request stamp in a prompt's text: it leads the text as a rule, but some gateways put words
/// of their own before it.
[[nodiscard]] std::optional<std::uint32_t> find_stamp(std::string_view text);

}  // namespace hopcost::mockserver
