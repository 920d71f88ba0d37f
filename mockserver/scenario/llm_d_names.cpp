#include "mockserver/scenario/llm_d_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/clock.hpp"
#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

constexpr std::array kNames{
    LlmDName{"--served-model-name", "NAME", "--model", true},
    LlmDName{"--time-to-first-token", "TIME", "--ttft; a bare number is milliseconds"},
    LlmDName{"--time-to-first-token-std-dev", "TIME", "makes it a normal distribution"},
    LlmDName{"--inter-token-latency", "TIME", "--itl; a bare number is milliseconds"},
    LlmDName{"--inter-token-latency-std-dev", "TIME", "makes it a normal distribution"},
    LlmDName{"--prefill-overhead", "TIME", "--ttft, where --time-to-first-token is 0"},
    LlmDName{"--prefill-time-per-token", "TIME", "the key prefill_per_token, where it is 0"},
    LlmDName{"--time-factor-under-load", "FACTOR", "times at --max-num-seqs running requests"},
    LlmDName{"--max-num-seqs", "N", "--max-running"},
    LlmDName{"--max-waiting-queue-length", "N", "--max-waiting"},
    LlmDName{"--failure-injection-rate", "PERCENT", "requests that fail"},
    LlmDName{"--failure-types", "TYPE", "how they fail: rate_limit, server_error, ...", true},
    LlmDName{"--default-embedding-dimensions", "N", "the key embedding_dimensions"},
    LlmDName{"--data-parallel-size", "N", "--replicas"},
};

struct FailureType {
  std::string_view name;
  int status;
  std::string_view code;  ///< empty: the status's own
};

constexpr std::array kFailureTypes{
    FailureType{"rate_limit", 429, ""},
    FailureType{"invalid_api_key", 401, ""},
    FailureType{"context_length", 400, "context_length_exceeded"},
    FailureType{"server_error", 503, ""},
    FailureType{"invalid_request", 400, ""},
    FailureType{"model_not_found", 404, ""},
};

[[noreturn]] void refuse(std::string_view flag, std::string message) {
  throw ErrorException(Error{ErrorCode::usage, std::move(message), std::string(flag)});
}

const std::string* text_of(const LlmDFlags& said, std::string_view flag) {
  const auto it = said.find(flag);
  return it == said.end() || it->second.empty() ? nullptr : &it->second.back();
}

std::optional<double> number_of(const LlmDFlags& said, std::string_view flag, double at_least,
                                double at_most) {
  const auto* text = text_of(said, flag);
  if (text == nullptr) return std::nullopt;
  double value = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc{} || end != text->data() + text->size() || !std::isfinite(value)) {
    refuse(flag, fmt::format("must be a number, not '{}'", *text));
  }
  if (value < at_least || value > at_most) {
    refuse(flag, fmt::format("must be from {} to {}", at_least, at_most));
  }
  return value;
}

/// "20" is 20 ms, as it was before durations came.
std::optional<Nanos> time_of(const LlmDFlags& said, std::string_view flag) {
  const auto* text = text_of(said, flag);
  if (text == nullptr) return std::nullopt;
  const bool bare = !text->empty() && std::ranges::all_of(*text, [](char c) {
    return (c >= '0' && c <= '9') || c == '.';
  });
  const auto value = parse_duration(bare ? *text + "ms" : *text);
  if (!value) refuse(flag, value.error().message);
  return *value;
}

/// A constant, or with a deviation a normal distribution, which llm-d-inference-sim cuts.
void set_time(json& changes, const LlmDFlags& said, const char* key, std::string_view mean_flag,
              std::string_view deviation_flag) {
  const auto mean = time_of(said, mean_flag);
  const auto deviation = time_of(said, deviation_flag);
  if (deviation && !mean) {
    refuse(deviation_flag, fmt::format("needs {}", mean_flag));
  }
  if (!mean) return;
  if (!deviation || *deviation == 0) {
    changes[key] = duration_text(*mean);
    return;
  }
  if (*deviation > *mean / 10 * 3) refuse(deviation_flag, "must be at most 30 % of the mean");
  changes[key] = {{"distribution", "normal"},
                  {"mean", duration_text(*mean)},
                  {"stddev", duration_text(*deviation)},
                  {"min", duration_text(*mean / 10 * 3)},
                  {"max", duration_text(*mean / 10 * 17)}};
}

void set_faults(json& changes, const LlmDFlags& said) {
  const auto percent = number_of(said, "--failure-injection-rate", 0, 100);
  const auto types = said.find("--failure-types");
  if (!percent) {
    if (types != said.end()) refuse("--failure-types", "needs --failure-injection-rate");
    return;
  }
  std::vector<const FailureType*> chosen;
  if (types != said.end()) {
    for (const auto& name : types->second) {
      const auto* type = std::ranges::find(kFailureTypes, name, &FailureType::name);
      if (type == kFailureTypes.end()) {
        refuse("--failure-types", fmt::format("'{}' is not known", name));
      }
      if (std::ranges::find(chosen, type) == chosen.end()) chosen.push_back(type);
    }
  }
  if (chosen.empty()) {
    for (const auto& type : kFailureTypes) chosen.push_back(&type);
  }
  changes["faults"] = json::array();
  if (*percent == 0) return;
  // Rules are asked one after another and the first that applies stands; for equal shares a later
  // one must be likelier, since it is asked only where those before it were silent.
  const double rate = *percent / 100;
  double left = static_cast<double>(chosen.size());
  for (const auto* type : chosen) {
    json rule{{"fault", "error"}, {"status", type->status}, {"probability", rate / left}};
    if (!type->code.empty()) rule["code"] = type->code;
    changes["faults"].push_back(std::move(rule));
    left -= rate;
  }
}

/// Copies a flag's text to the key that means the same.
void set_text(json& changes, const LlmDFlags& said, std::string_view flag, const char* pointer) {
  if (const auto* text = text_of(said, flag)) changes[json::json_pointer(pointer)] = *text;
}

json changes_of(const LlmDFlags& said) {
  json changes = json::object();
  if (const auto names = said.find("--served-model-name"); names != said.end()) {
    changes["models"] = names->second;
  }
  set_time(changes, said, "ttft", "--time-to-first-token", "--time-to-first-token-std-dev");
  set_time(changes, said, "itl", "--inter-token-latency", "--inter-token-latency-std-dev");
  // As there, what prefill costs counts only where no whole time to the first token is given.
  if (time_of(said, "--time-to-first-token").value_or(0) == 0) {
    if (const auto overhead = time_of(said, "--prefill-overhead")) {
      changes["ttft"] = duration_text(*overhead);
    }
    if (const auto each = time_of(said, "--prefill-time-per-token")) {
      changes["prefill_per_token"] = duration_text(*each);
    }
  }
  set_text(changes, said, "--max-num-seqs", "/load/max_running");
  set_text(changes, said, "--max-waiting-queue-length", "/load/max_waiting");
  if (number_of(said, "--time-factor-under-load", 1, 1000)) {
    set_text(changes, said, "--time-factor-under-load", "/load/slowdown");
  }
  set_text(changes, said, "--default-embedding-dimensions", "/embedding_dimensions");
  set_faults(changes, said);
  return changes;
}

}  // namespace

std::span<const LlmDName> llm_d_names() {
  return kNames;
}

Result<json> llm_d_changes(const LlmDFlags& said) {
  return catch_errors([&] { return changes_of(said); });
}

}  // namespace hopcost::mockserver
