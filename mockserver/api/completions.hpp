#pragma once

#include <expected>
#include <memory>
#include <string>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/api_error.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

/// Reads the body of POST /v1/completions; a refusal names the parameter. A prompt is a text, a
/// list of texts, a list of token ids or a list of such lists; without one it is one empty text. A
/// token id stands for the word of that number in the project's list. Without max_tokens an answer
/// is as long as its model's answers are (the API itself ends at 16 tokens).
[[nodiscard]] std::expected<Question, ApiError> read_completions_question(std::string& body);

/// The wire format of completions. With echo, the prompt's text comes before the answer's in every
/// choice, in a stream as an event of its own before the first token; a stamp stands between the
/// two. Reasoning has no place in this format and is left out. Log probabilities are made up, but
/// the same for the same token of the same choice; offsets count characters without stamps.
[[nodiscard]] std::unique_ptr<ReplyWriter> make_completions_writer(const Question& question,
                                                                   const Answer& answer,
                                                                   const ReplyFacts& facts);

}  // namespace hopcost::mockserver
