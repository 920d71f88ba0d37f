#pragma once

#include <expected>
#include <memory>
#include <string>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/api_error.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

/// Reads the body of POST /v1/responses; a refusal names the parameter. Fills Question::settings.
/// A previous_response_id is accepted, but nothing is remembered from it; tools that are no
/// functions are accepted, shown in the reply, and never called.
[[nodiscard]] std::expected<Question, ApiError> read_responses_question(std::string& body);

/// The wire format of responses: one choice. Reasoning is an item of its own, told as a summary
/// where the question asked for one and as reasoning text otherwise. Log probabilities are empty
/// lists.
[[nodiscard]] std::unique_ptr<ReplyWriter> make_responses_writer(const Question& question,
                                                                 const Answer& answer,
                                                                 const ReplyFacts& facts);

}  // namespace hopcost::mockserver
