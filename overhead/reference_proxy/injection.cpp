#include "overhead/reference_proxy/injection.hpp"

#include <array>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::reference_proxy {
namespace {

struct TimeKnob {
  std::string_view header;
  Nanos Injection::* value;
};

constexpr std::array kTimeKnobs{
    TimeKnob{"x-hopcost-add-delay", &Injection::add_delay},
    TimeKnob{"x-hopcost-add-chunk-delay", &Injection::add_chunk_delay},
    TimeKnob{"x-hopcost-burn-cpu", &Injection::burn_cpu},
};
constexpr std::string_view kBufferHeader = "x-hopcost-buffer";

bool same_name(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

Result<void> check_length(Nanos value, std::string_view name) {
  if (value <= kMaxInjected) return {};
  return fail(ErrorCode::usage, fmt::format("at most {} can be added", duration_text(kMaxInjected)),
              std::string(name));
}

}  // namespace

Result<bool> apply_override(Injection& injection, std::string_view name, std::string_view value) {
  constexpr std::string_view kPrefix = "x-hopcost-";
  if (name.size() <= kPrefix.size() || !same_name(name.substr(0, kPrefix.size()), kPrefix)) {
    return false;
  }
  for (const auto& knob : kTimeKnobs) {
    if (!same_name(name, knob.header)) continue;
    const auto parsed = parse_duration(value);
    if (!parsed) {
      return fail(ErrorCode::usage, parsed.error().message, std::string(knob.header));
    }
    if (auto good = check_length(*parsed, knob.header); !good) {
      return std::unexpected(good.error());
    }
    injection.*knob.value = *parsed;
    return true;
  }
  if (same_name(name, kBufferHeader)) {
    if (value != "true" && value != "false") {
      return fail(ErrorCode::usage, fmt::format("'{}' is neither true nor false", value),
                  std::string(kBufferHeader));
    }
    injection.buffer = value == "true";
    return true;
  }
  return false;
}

Result<void> check(const Injection& injection) {
  for (const auto& knob : kTimeKnobs) {
    const auto option =
        "--" + std::string(knob.header.substr(std::string_view("x-hopcost-").size()));
    if (auto good = check_length(injection.*knob.value, option); !good) return good;
  }
  return {};
}

}  // namespace hopcost::reference_proxy
