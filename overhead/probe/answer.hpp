#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/http_client.hpp"

namespace hopcost::overhead {

/// What one reply of a chat completion says, whatever its bytes look like: plain or streamed, an
/// answer or an error.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< by lower-case name; not those of the framing
  bool streamed = false;
  bool json = false;           ///< every body or event is a JSON document ([DONE] aside)
  std::set<std::string> keys;  ///< every path that a document has: "choices[].message.content"
  std::map<std::string, std::string> values;  ///< of the fields that mean something: "model"
  std::string text;               ///< content of the first choice, times of stamps replaced by 0
  int stamps = 0;                 ///< found in the content
  std::string tool_calls;         ///< "name(arguments)" of each, without their ids
  int events = 0;                 ///< of a stream, [DONE] left out
  bool done = false;              ///< the stream ends in [DONE]
  int most_events_in_a_read = 0;  ///< of events with content
};

/// Takes a reply apart.
[[nodiscard]] Answer read_answer(const HttpReply& reply);

/// Something that is not as it was.
struct Change {
  std::string aspect;  ///< "model"
  std::string text;    ///< "'mock-model' becomes 'openai/mock-model'"
  bool operator==(const Change&) const = default;
};

/// What the stack's answer has differently from the backend's own answer to the same request.
[[nodiscard]] std::vector<Change> changes_between(const Answer& direct, const Answer& through);

}  // namespace hopcost::overhead
