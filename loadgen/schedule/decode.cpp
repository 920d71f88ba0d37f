#include "loadgen/schedule/decode.hpp"

#include <string>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

/// Longer than anybody waits, short enough that sums do not overflow.
constexpr Nanos kLongestStage = 24 * 3'600 * kSecond;
constexpr std::size_t kMostStages = 1'000;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Result<double> rate_in(std::string_view text) {
  text = trimmed(text);
  if (text == "0") return 0;  // a pause
  return parse_rate(text);
}

Result<Stage> parse_stage(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::usage,
                fmt::format("stage '{}' is not RATE:TIME or RATE-RATE:TIME", text));
  }
  const auto duration = parse_duration(trimmed(text.substr(colon + 1)));
  if (!duration) return std::unexpected(duration.error());
  if (*duration <= 0 || *duration > kLongestStage) {
    return fail(ErrorCode::usage,
                fmt::format("stage '{}' must take more than 0 and at most 24h", text));
  }
  const auto rates = text.substr(0, colon);
  const auto dash = rates.find('-');
  const auto from = rate_in(rates.substr(0, dash));
  if (!from) return std::unexpected(from.error());
  const auto to = dash == std::string_view::npos ? from : rate_in(rates.substr(dash + 1));
  if (!to) return std::unexpected(to.error());
  return Stage{*duration, *from, *to};
}

}  // namespace

Result<std::vector<Stage>> parse_stages(std::string_view text) {
  std::vector<Stage> stages;
  bool any = false;
  while (true) {
    const auto comma = text.find(',');
    const auto stage = parse_stage(trimmed(text.substr(0, comma)));
    if (!stage) return std::unexpected(stage.error());
    stages.push_back(*stage);
    any = any || stage->from_per_s > 0 || stage->to_per_s > 0;
    if (stages.size() > kMostStages) {
      return fail(ErrorCode::usage, fmt::format("more than {} stages", kMostStages));
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (!any) return fail(ErrorCode::usage, "no stage has a rate above 0");
  return stages;
}

Nanos length_of(const std::vector<Stage>& stages) {
  Nanos sum = 0;
  for (const auto& stage : stages) sum += stage.duration;
  return sum;
}

}  // namespace hopcost::loadgen
