#include "mockserver/api/usage.hpp"

#include "mockserver/api/digits.hpp"

namespace hopcost::mockserver {

void append_usage(std::string& out, const Answer& answer) {
  out += R"({"prompt_tokens":)";
  append_number(out, answer.prompt_tokens);
  out += R"(,"completion_tokens":)";
  append_number(out, answer.completion_tokens);
  out += R"(,"total_tokens":)";
  append_number(out, answer.prompt_tokens + answer.completion_tokens);
  out += R"(,"prompt_tokens_details":{"cached_tokens":)";
  append_number(out, answer.cached_tokens);
  out += R"(},"completion_tokens_details":{"reasoning_tokens":)";
  append_number(out, answer.reasoning_tokens);
  out += "}}";
}

}  // namespace hopcost::mockserver
