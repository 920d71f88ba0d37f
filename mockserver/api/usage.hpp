#pragma once

#include <string>

#include "mockserver/api/answer.hpp"

namespace hopcost::mockserver {

/// The usage object of chat completions and completions: {"prompt_tokens": ...}.
void append_usage(std::string& out, const Answer& answer);

}  // namespace hopcost::mockserver
