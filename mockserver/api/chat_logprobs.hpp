#pragma once

#include <cstdint>
#include <string>

#include "mockserver/api/answer.hpp"

namespace hopcost::mockserver {

/// Appends the `logprobs` of a chat's choice for tokens [from, to) of `text`:
/// {"content": [{"token", "logprob", "bytes", "top_logprobs"}, ...], "refusal": null}.
void append_chat_logprobs(std::string& out, const TokenText& text, std::uint32_t from,
                          std::uint32_t to, std::uint32_t alternatives);

}  // namespace hopcost::mockserver
