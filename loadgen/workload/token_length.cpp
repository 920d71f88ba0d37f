#include "loadgen/workload/token_length.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <boost/random/normal_distribution.hpp>
#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<std::uint32_t> tokens(std::string_view text) {
  const auto value = number<std::uint32_t>(text);
  if (!value || *value < 1 || *value > TokenLength::kMost) return {};
  return value;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto least = tokens(text.substr(0, dash));
  const auto most = tokens(text.substr(dash + 1));
  if (!least || !most || *least > *most) return {};
  return std::pair{*least, *most};
}

std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

TokenLength::TokenLength(int tokens)
    : least_(static_cast<std::uint32_t>(std::max(1, tokens))), most_(least_) {}

Result<TokenLength> TokenLength::parse(std::string_view text) {
  const auto refused = [text] {
    return fail(ErrorCode::usage,
                fmt::format("'{}' is not a length in tokens, such as 512, 256-1024, "
                            "normal(512,128), lognormal(512,128) or normal(512,128,100-2000)",
                            text));
  };
  TokenLength length(1);
  if (const auto fixed = tokens(text)) return TokenLength(static_cast<int>(*fixed));
  if (const auto ends = range(text)) {
    length.kind_ = Kind::uniform;
    std::tie(length.least_, length.most_) = *ends;
    return length;
  }
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return refused();
  const auto name = text.substr(0, open);
  if (name != "normal" && name != "lognormal") return refused();
  length.kind_ = name == "normal" ? Kind::normal : Kind::lognormal;
  const auto parts = parts_of(text.substr(open + 1, text.size() - open - 2));
  if (parts.size() < 2 || parts.size() > 3) return refused();
  const auto mean = number<double>(parts[0]);
  const auto deviation = number<double>(parts[1]);
  if (!mean || !deviation || !(*mean >= 1) || *mean > kMost || !(*deviation >= 0) ||
      *deviation > kMost) {
    return refused();
  }
  length.mean_ = *mean;
  length.deviation_ = *deviation;
  length.most_ = kMost;
  if (parts.size() == 3) {
    const auto ends = range(parts[2]);
    if (!ends) return refused();
    std::tie(length.least_, length.most_) = *ends;
  }
  return length;
}

std::uint32_t TokenLength::draw(Random& random) const {
  double value = 0;
  switch (kind_) {
    case Kind::fixed:
      return least_;
    case Kind::uniform: {
      const double count = static_cast<double>(most_ - least_) + 1;
      return std::min(most_, least_ + static_cast<std::uint32_t>(random.uniform() * count));
    }
    case Kind::normal:
      value = boost::random::normal_distribution<double>(mean_, deviation_)(random);
      break;
    case Kind::lognormal: {
      const double ratio = deviation_ / mean_;
      const double scale = std::sqrt(std::log1p(ratio * ratio));
      const double location = std::log(mean_) - scale * scale / 2;
      value = std::exp(boost::random::normal_distribution<double>(location, scale)(random));
      break;
    }
  }
  value = std::clamp(std::round(value), static_cast<double>(least_), static_cast<double>(most_));
  return static_cast<std::uint32_t>(value);
}

std::string TokenLength::text() const {
  if (kind_ == Kind::fixed) return fmt::format("{}", least_);
  if (kind_ == Kind::uniform) return fmt::format("{}-{}", least_, most_);
  return fmt::format("{}({},{},{}-{})", kind_ == Kind::normal ? "normal" : "lognormal", mean_,
                     deviation_, least_, most_);
}

}  // namespace hopcost::loadgen
