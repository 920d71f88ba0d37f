#include "loadgen/profile/profile_data.hpp"

#include <cmath>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

constexpr int kMostTokens = 1'000'000;

/// A distribution of lengths as an option of ours has it; what is left out is as in inference-perf.
std::string length_text(const YamlNode& node) {
  auto fields = node.fields();
  std::string type = "normal";
  std::int64_t least = 10;
  std::int64_t most = 1024;
  double mean = 512;
  double deviation = 200;
  if (const auto value = fields.take("type")) {
    type = value->as_string();
    if (type != "normal" && type != "lognormal" && type != "uniform" && type != "fixed") {
      value->complain("must be normal, lognormal, uniform or fixed");
    }
  }
  if (const auto value = fields.take("min")) least = value->as_int(1, kMostTokens);
  if (const auto value = fields.take("max")) most = value->as_int(1, kMostTokens);
  if (const auto value = fields.take("mean")) mean = value->as_double();
  for (const auto* const name : {"std", "std_dev"}) {
    if (const auto value = fields.take(name)) deviation = value->as_double();
  }
  (void)fields.take("total_count");  // how many it draws beforehand; ours are drawn as they are due
  fields.finish();
  if (least > most) node.complain("min is above max");
  if (!(mean >= 1) || mean > kMostTokens || !(deviation >= 0) || deviation > kMostTokens) {
    node.complain(fmt::format("mean must be from 1 to {}, std not below 0", kMostTokens));
  }
  if (type == "fixed" || deviation == 0) return std::to_string(std::llround(mean));
  if (type == "uniform") return fmt::format("{}-{}", least, most);
  return fmt::format("{}({},{},{}-{})", type, mean, deviation, least, most);
}

void decode_shared_prefix(const YamlNode& node, Settings& settings) {
  auto fields = node.fields();
  const auto count = [&](const char* name, std::int64_t otherwise) {
    const auto value = fields.take(name);
    return value ? value->as_int(1, kMostTokens) : otherwise;
  };
  const auto groups = count("num_groups", 10);
  const auto prompts = count("num_prompts_per_group", 10);
  const auto system = count("system_prompt_len", 100);
  const auto question = count("question_len", 50);
  std::string output = std::to_string(count("output_len", 50));
  if (const auto lengths = fields.take("output_distribution")) output = length_text(*lengths);
  if (const auto turns = fields.take("enable_multi_turn_chat"); turns && turns->as_bool()) {
    turns->complain("conversations have no shared beginning here: see loadgen --turns");
  }
  fields.finish();
  set(settings, "shared-prefix",
      fmt::format("groups={},prompts={},system={},question={}", groups, prompts, system, question));
  set(settings, "output-tokens", output);
}

}  // namespace

void decode_data(const YamlNode& node, Settings& settings) {
  auto fields = node.fields();
  const auto type = fields.require("type");
  const auto name = type.as_string();
  if (name == "random" || name == "synthetic") {
    if (const auto lengths = fields.take("input_distribution")) {
      set(settings, "prompt-tokens", length_text(*lengths));
    }
    if (const auto lengths = fields.take("output_distribution")) {
      set(settings, "output-tokens", length_text(*lengths));
    }
  } else if (name == "shared_prefix") {
    decode_shared_prefix(fields.require("shared_prefix"), settings);
  } else if (name == "shareGPT") {
    set(settings, "dataset", fields.require("path").as_string());
  } else if (name != "mock") {
    type.complain("must be random, synthetic, shared_prefix, shareGPT or mock");
  }
  fields.finish();
}

}  // namespace hopcost::loadgen
