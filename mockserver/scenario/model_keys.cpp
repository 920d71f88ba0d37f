#include <array>
#include <limits>

#include <fmt/format.h>

#include "common/units.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/scenario/keys.hpp"

namespace hopcost::mockserver {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kAnyNumber = std::numeric_limits<std::int32_t>::max();

struct ModeName {
  AnswerStyle::Mode mode;
  std::string_view name;
};

constexpr std::array kModes{ModeName{AnswerStyle::Mode::words, "words"},
                            ModeName{AnswerStyle::Mode::random, "random"},
                            ModeName{AnswerStyle::Mode::echo, "echo"}};

const std::filesystem::path* folder_of(const Origin& origin) {
  return origin.trusted ? &origin.folder : nullptr;
}

void read_system_fingerprint(ModelSettings& model, const YamlNode& node, const Origin& /*from*/) {
  model.system_fingerprint =
      node.is_null() ? std::nullopt : std::optional<std::string>(read_name(node));
}

void read_mode(ModelSettings& model, const YamlNode& node, const Origin& /*origin*/) {
  const std::string text = node.as_string();
  for (const auto& mode : kModes) {
    if (mode.name == text) {
      model.mode = mode.mode;
      return;
    }
  }
  node.complain(fmt::format("must be words, random or echo, not '{}'", text));
}

std::string_view mode_name(AnswerStyle::Mode mode) {
  for (const auto& named : kModes) {
    if (named.mode == mode) return named.name;
  }
  return "";
}

constexpr std::array kModelKeys{
    Key<ModelSettings>{"ttft",
                       [](ModelSettings& m, const YamlNode& node, const Origin& origin) {
                         m.timing.ttft = decode_duration(node, folder_of(origin));
                       },
                       [](const ModelSettings& m) -> Json { return duration_json(m.timing.ttft); },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.timing.ttft = from.timing.ttft;
                       }},
    Key<ModelSettings>{
        "itl",
        [](ModelSettings& m, const YamlNode& node, const Origin& origin) {
          m.timing.itl = decode_duration(node, folder_of(origin));
        },
        [](const ModelSettings& m) -> Json { return duration_json(m.timing.itl); },
        [](ModelSettings& into, const ModelSettings& from) { into.timing.itl = from.timing.itl; }},
    Key<ModelSettings>{
        "prefill_per_token",
        [](ModelSettings& m, const YamlNode& node, const Origin&) {
          m.timing.prefill_per_token = read_duration(node, kMaxPrefillPerToken);
        },
        [](const ModelSettings& m) -> Json { return duration_text(m.timing.prefill_per_token); },
        [](ModelSettings& into, const ModelSettings& from) {
          into.timing.prefill_per_token = from.timing.prefill_per_token;
        }},
    Key<ModelSettings>{"cached_prefill_per_token",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.timing.cached_prefill_per_token =
                             read_duration(node, kMaxPrefillPerToken);
                       },
                       [](const ModelSettings& m) -> Json {
                         return duration_text(m.timing.cached_prefill_per_token);
                       },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.timing.cached_prefill_per_token =
                             from.timing.cached_prefill_per_token;
                       }},
    Key<ModelSettings>{"role_early",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.timing.role_early = node.as_bool();
                       },
                       [](const ModelSettings& m) -> Json { return m.timing.role_early; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.timing.role_early = from.timing.role_early;
                       }},
    Key<ModelSettings>{
        "mode", read_mode, [](const ModelSettings& m) -> Json { return mode_name(m.mode); },
        [](ModelSettings& into, const ModelSettings& from) { into.mode = from.mode; }},
    Key<ModelSettings>{"output_tokens",
                       [](ModelSettings& m, const YamlNode& node, const Origin& origin) {
                         m.output_tokens = decode_count(node, 1, kMaxTokens, folder_of(origin));
                       },
                       [](const ModelSettings& m) -> Json { return count_json(m.output_tokens); },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.output_tokens = from.output_tokens;
                       }},
    Key<ModelSettings>{"reasoning_tokens",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.reasoning_tokens = read_number(node, 0, kMaxTokens);
                       },
                       [](const ModelSettings& m) -> Json { return m.reasoning_tokens; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.reasoning_tokens = from.reasoning_tokens;
                       }},
    Key<ModelSettings>{"always_reasons",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.always_reasons = node.as_bool();
                       },
                       [](const ModelSettings& m) -> Json { return m.always_reasons; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.always_reasons = from.always_reasons;
                       }},
    Key<ModelSettings>{"embedding_dimensions",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.embedding_dimensions = read_number(node, 1, kMaxDimensions);
                       },
                       [](const ModelSettings& m) -> Json { return m.embedding_dimensions; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.embedding_dimensions = from.embedding_dimensions;
                       }},
    Key<ModelSettings>{"max_model_len",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.max_model_len = read_number(node, 0, kAnyNumber);
                       },
                       [](const ModelSettings& m) -> Json { return m.max_model_len; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.max_model_len = from.max_model_len;
                       }},
    Key<ModelSettings>{"tokens_per_chunk",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.delivery.tokens_per_chunk = read_number(node, 1, kMaxTokens);
                       },
                       [](const ModelSettings& m) -> Json { return m.delivery.tokens_per_chunk; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.delivery.tokens_per_chunk = from.delivery.tokens_per_chunk;
                       }},
    Key<ModelSettings>{"events_per_write",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.delivery.events_per_write = read_number(node, 1, 1024);
                       },
                       [](const ModelSettings& m) -> Json { return m.delivery.events_per_write; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.delivery.events_per_write = from.delivery.events_per_write;
                       }},
    Key<ModelSettings>{"bytes_per_write",
                       [](ModelSettings& m, const YamlNode& node, const Origin&) {
                         m.delivery.bytes_per_write = read_number(node, 0, 1U << 20U);
                       },
                       [](const ModelSettings& m) -> Json { return m.delivery.bytes_per_write; },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.delivery.bytes_per_write = from.delivery.bytes_per_write;
                       }},
    Key<ModelSettings>{"system_fingerprint", read_system_fingerprint,
                       [](const ModelSettings& m) -> Json {
                         return m.system_fingerprint ? Json(*m.system_fingerprint) : Json();
                       },
                       [](ModelSettings& into, const ModelSettings& from) {
                         into.system_fingerprint = from.system_fingerprint;
                       }},
};

}  // namespace

std::span<const Key<ModelSettings>> model_keys() {
  return kModelKeys;
}

}  // namespace hopcost::mockserver
