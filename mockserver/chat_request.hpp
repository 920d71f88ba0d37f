#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// What the mock needs to know of a chat completion request.
struct ChatRequest {
  std::string_view model;           ///< lives until the next peek on this thread
  std::uint64_t prompt_tokens = 0;  ///< over the contents of all messages, by common/tokens.hpp
  std::optional<std::uint32_t> max_tokens;  ///< max_completion_tokens goes before max_tokens
  std::optional<std::uint32_t> stamp_id;    ///< of the last user message's request stamp
  bool stream = false;
  bool include_usage = false;
  bool ignore_eos = false;  ///< exactly max_tokens are wanted
};

/// Reads the body of a chat completion request in one pass, without building a document. Keys that
/// mean nothing here are checked to be JSON and skipped; null means absent. A request that cannot
/// be answered gives an ApiError that names its parameter.
///
/// `body` is not changed, but its capacity may grow: the parser reads past the end in whole blocks.
/// Any bytes are safe to pass. No allocation in the steady state.
[[nodiscard]] std::expected<ChatRequest, ApiError> peek_chat_request(std::string& body);

}  // namespace hopcost::mockserver
