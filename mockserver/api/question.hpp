#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hopcost::mockserver {

/// Which generating endpoint was asked, and so which wire format the answer has.
enum class Dialect : std::uint8_t { chat, completions, responses, messages };

struct Tool {
  std::string name;
  nlohmann::ordered_json parameters;  ///< JSON Schema of the arguments; null where none was given
};

/// Whether tools are to be called. `automatic` calls one unless the conversation's last message is
/// already a tool's result; `named` calls Question::tool_name.
enum class ToolChoice : std::uint8_t { none, automatic, required, named };

/// What the text must be.
enum class TextFormat : std::uint8_t { free, json_object, json_schema };

/// What any generating endpoint was asked, whatever its wire format. A value that owns all it
/// holds; every number was checked against the API's limits when it was read.
struct Question {
  Dialect dialect = Dialect::chat;
  std::string model;
  /// The texts to answer, one for each choice group: one for conversations (all messages' texts
  /// joined by newlines), one or several for completions.
  std::vector<std::string> prompts;
  /// Of all prompts, by common/tokens.hpp; token ids count one each.
  std::uint64_t prompt_tokens = 0;
  std::string last_user_text;  ///< what the echo mode repeats
  std::optional<std::uint32_t> max_tokens;
  std::optional<std::uint32_t> stamp_id;  ///< of the last user message's (or prompt's) stamp
  std::optional<std::int64_t> seed;
  std::uint32_t choices = 1;  ///< n: for each prompt
  bool stream = false;
  bool include_usage = false;
  bool ignore_eos = false;           ///< exactly max_tokens are wanted
  bool echo_prompt = false;          ///< completions' echo
  bool continues_tool_call = false;  ///< the last message is a tool's result
  std::vector<std::string> stop;
  /// Set where log probabilities are wanted: how many alternatives for each token (0 to 20).
  std::optional<std::uint32_t> top_logprobs;
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  std::string tool_name;
  bool parallel_tool_calls = true;
  TextFormat format = TextFormat::free;
  nlohmann::ordered_json schema;  ///< of json_schema
  std::string schema_name;
  bool reasoning = false;  ///< an effort above none, or thinking, was asked for
  /// Of responses alone: the settings its reply repeats, each as that reply shows it.
  nlohmann::ordered_json settings;
};

}  // namespace hopcost::mockserver
