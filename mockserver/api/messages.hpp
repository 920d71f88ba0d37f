#pragma once

#include <expected>
#include <memory>
#include <string>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/api_error.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

/// Reads the body of POST /v1/messages, as Anthropic's API has it; a refusal names the parameter.
/// max_tokens is required there. Tools without an input_schema (the server's own) are accepted and
/// never called.
[[nodiscard]] std::expected<Question, ApiError> read_messages_question(std::string& body);

/// The wire format of messages: one choice. input_tokens are those that were not cached.
[[nodiscard]] std::unique_ptr<ReplyWriter> make_messages_writer(const Question& question,
                                                                const Answer& answer,
                                                                const ReplyFacts& facts);

/// {"type": "error", "error": {"type", "message"}} with the type that this API has for the status.
[[nodiscard]] std::string messages_error_body(const ApiError& error);

}  // namespace hopcost::mockserver
