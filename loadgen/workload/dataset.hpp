#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost::loadgen {

/// One request of a dataset: real text, or lengths only.
struct DatasetEntry {
  struct Message {
    std::string role;
    std::string content;
  };
  std::vector<Message> messages;  ///< the last is the user's; empty: lengths only
  std::uint32_t prompt = 0;       ///< tokens; of messages by the project's token rule
  std::uint32_t output = 0;       ///< tokens; 0: as the run has it
  std::optional<Nanos> at;        ///< of a trace: when it came, after the trace's first
};

/// Reads a file by its ending:
///
///   .jsonl  one request a line in OpenAI's form: "messages", or "prompt" (a text); optional
///           "max_tokens" (also max_completion_tokens)
///   .json   ShareGPT: a list of {"conversations": [{"from": "human", "value": ...}, ...]}; the
///           first question is the prompt, the first answer's length the output. Entries without
///           both are left out, as benchmark scripts do
///   .csv    lengths: a header with columns prompt_tokens and output_tokens (also
///           input_length, output_length, ContextTokens, GeneratedTokens)
///
/// A trace has times too: a CSV column timestamp (also TIMESTAMP, arrival_time) in seconds or as
/// "2023-11-16 18:17:03.97"; JSON lines of "timestamp" in ms, "input_length" and "output_length",
/// as Mooncake's traces.
///
/// An Error has file, line and field.
[[nodiscard]] Result<std::vector<DatasetEntry>> read_dataset(const std::string& path);

/// The same from memory; `name` is for messages and its ending decides.
[[nodiscard]] Result<std::vector<DatasetEntry>> parse_dataset(const std::string& text,
                                                              const std::string& name);

}  // namespace hopcost::loadgen
