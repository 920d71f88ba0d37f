#pragma once

#include <array>

namespace hopcost::mockserver {

/// A flag that sets one key of the scenario. Its text goes to the scenario's decoder as it is, so
/// that flags, files and changes by PUT mean the same and complain alike.
struct ScenarioFlag {
  enum class Kind { value, yes, list };
  const char* group;
  const char* names;
  const char* pointer;  ///< where in the scenario, as a JSON pointer
  Kind kind;
  const char* type;
  const char* help;
};

inline constexpr std::array kScenarioFlags{
    ScenarioFlag{"Answers", "-m,--model", "/models", ScenarioFlag::Kind::list, "NAME",
                 "Model to have (repeatable; MOCK_MODELS)"},
    ScenarioFlag{"Answers", "--output-tokens", "/output_tokens", ScenarioFlag::Kind::value,
                 "TOKENS", "Tokens of a whole answer"},
    ScenarioFlag{"Answers", "--mode", "/mode", ScenarioFlag::Kind::value, "MODE",
                 "What is said: words, random or echo"},
    ScenarioFlag{"Answers", "--seed", "/seed", ScenarioFlag::Kind::value, "N",
                 "Seed of texts, times and faults"},
    ScenarioFlag{"Answers", "--reasoning-tokens", "/reasoning_tokens", ScenarioFlag::Kind::value,
                 "TOKENS", "Tokens of reasoning where it is asked for"},
    ScenarioFlag{"Answers", "--max-model-len", "/max_model_len", ScenarioFlag::Kind::value,
                 "TOKENS", "Longest prompt and answer together; longer ones are refused"},
    ScenarioFlag{"Answers", "--tokens-per-chunk", "/tokens_per_chunk", ScenarioFlag::Kind::value,
                 "N", "Tokens in one event of a stream"},
    ScenarioFlag{"Answers", "--events-per-write", "/events_per_write", ScenarioFlag::Kind::value,
                 "N", "Events joined into one write, where no delay is asked"},
    ScenarioFlag{"Time", "--ttft", "/ttft", ScenarioFlag::Kind::value, "TIME",
                 "From a request's last byte to the first token"},
    ScenarioFlag{"Time", "--itl", "/itl", ScenarioFlag::Kind::value, "TIME", "Between two tokens"},
    ScenarioFlag{"Time", "--role-early", "/role_early", ScenarioFlag::Kind::yes, "",
                 "Send headers and role chunk at once, not with the first token"},
    ScenarioFlag{"Load and limits", "--max-running", "/load/max_running", ScenarioFlag::Kind::value,
                 "N", "Requests answered at one time; others wait"},
    ScenarioFlag{"Load and limits", "--max-waiting", "/load/max_waiting", ScenarioFlag::Kind::value,
                 "N", "Requests that may wait; others are refused"},
    ScenarioFlag{"Load and limits", "--max-connections", "/max_connections",
                 ScenarioFlag::Kind::value, "N", "Connections open at one time (0: no limit)"},
    ScenarioFlag{"Load and limits", "--request-timeout", "/request_timeout",
                 ScenarioFlag::Kind::value, "TIME", "Time from a request's first byte to its last"},
    ScenarioFlag{"Load and limits", "--api-keys-env", "/api_keys_env", ScenarioFlag::Kind::value,
                 "NAME", "Variable with the API keys to accept, separated by commas"},
    ScenarioFlag{"Load and limits", "--cors", "/cors", ScenarioFlag::Kind::yes, "",
                 "Answer browsers' cross-origin requests"},
    ScenarioFlag{"Faults and recording", "--fault", "/faults", ScenarioFlag::Kind::list, "RULE",
                 "What goes wrong with every reply, as in the header x-hopcost-fault (repeatable)"},
    ScenarioFlag{"Faults and recording", "--ignore-fault-headers", "/ignore_fault_headers",
                 ScenarioFlag::Kind::yes, "", "Give no request a fault because its header asks"},
    ScenarioFlag{"Faults and recording", "--record", "/record", ScenarioFlag::Kind::value, "FILE",
                 "Write requests and replies to this file (JSON lines)"},
    ScenarioFlag{"Faults and recording", "--replay", "/replay", ScenarioFlag::Kind::value, "FILE",
                 "Answer with the replies recorded in this file"},
};

}  // namespace hopcost::mockserver
