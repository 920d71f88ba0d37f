#pragma once

#include <expected>
#include <string>

#include "mockserver/api/api_error.hpp"
#include "mockserver/api/question.hpp"

namespace hopcost::mockserver {

/// Reads the body of POST /v1/chat/completions, completely: whatever peek_plain_chat() does not
/// take is answered or refused here. A refusal is a 400 that names the parameter. Keys that mean
/// nothing to an answer are accepted; null means absent; of a key that comes twice, the first
/// counts. `functions` and `function_call`, which `tools` replaced, are refused. Custom
/// tools are accepted and never called.
///
/// Any bytes are safe to pass; `body` keeps its bytes, its capacity may grow. Whether the answer
/// would be too large depends on the model: see too_large() in read_common.hpp.
[[nodiscard]] std::expected<Question, ApiError> read_chat_question(std::string& body);

}  // namespace hopcost::mockserver
