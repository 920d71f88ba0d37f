#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// One thing to judge: a string, or all parts of a multi-modal input together.
struct ModerationInput {
  std::string text;  ///< of several text parts: joined by newlines
  bool has_text = false;
  bool has_image = false;
};

struct ModerationsQuestion {
  std::string model;  ///< empty where none was named
  std::vector<ModerationInput> inputs;
};

/// POST /v1/moderations: `input` as a string, a list of strings (one result each) or a list of
/// text and image_url parts (one result together). Any bytes are safe; refuses with 400 and the
/// parameter's name, unknown keys are ignored.
[[nodiscard]] std::expected<ModerationsQuestion, ApiError> read_moderations(std::string& body);

/// The JSON body; its id is "modr-" and `id`. Nothing is judged: the word `flag:CATEGORY` in a text
/// flags that category ("flag:violence", "flag:self-harm/intent"), and nothing else flags any. All
/// thirteen categories of the API are there; a score is made of a hash of text and category, below
/// 0.01 where the category is not flagged and at least 0.9 where it is.
[[nodiscard]] std::string moderations_body(const ModerationsQuestion& question,
                                           std::string_view id);

}  // namespace hopcost::mockserver
