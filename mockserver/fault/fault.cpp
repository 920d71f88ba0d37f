#include "mockserver/fault/fault.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

using Outcome = std::expected<void, std::string>;

constexpr std::size_t kLongestCode = 64;

std::unexpected<std::string> refuse(std::string message) {
  return std::unexpected<std::string>(std::move(message));
}

/// Text of a request in a message: never longer than it is useful.
std::string_view shown(std::string_view text) {
  return text.substr(0, 64);
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Cuts the first part off `rest`, up to `separator`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return trimmed(part);
}

bool takes(FaultKind kind, std::string_view name) {
  std::string_view rest = fault_table()[static_cast<std::size_t>(kind)].parameters;
  while (!rest.empty()) {
    std::string_view entry = next_part(rest, ',');
    if (next_part(entry, '=') == name) return true;
  }
  return false;
}

template <class T>
Outcome set_number(std::optional<T>& field, std::string_view name, std::string_view value,
                   std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (ec != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
    return refuse(fmt::format("'{}' must be a whole number from {} to {}, not '{}'", name, least,
                              most, shown(value)));
  }
  field = static_cast<T>(number);
  return {};
}

Outcome set_time(std::optional<Nanos>& field, std::string_view name, std::string_view value,
                 Nanos least) {
  const auto time = parse_duration(value.substr(0, kLongestCode));
  if (!time) return refuse(fmt::format("'{}': {}", name, time.error().message));
  if (*time < least || *time > kMaxFaultTime) {
    return refuse(fmt::format("'{}' must be from {} to 24h", name, duration_text(least)));
  }
  field = *time;
  return {};
}

Outcome set_size(std::optional<std::uint32_t>& field, std::string_view value) {
  const auto size = parse_size(value.substr(0, kLongestCode));
  if (!size || *size < 1 || *size > kMaxHugeEvent) {
    return refuse(fmt::format("'size' must be from 1 to 16MiB, not '{}'", shown(value)));
  }
  field = static_cast<std::uint32_t>(*size);
  return {};
}

Outcome set_status(Fault& fault, std::string_view value) {
  auto outcome = set_number(fault.status, "status", value, 200, 599);
  if (!outcome) return outcome;
  const bool error = *fault.status >= 400;
  if (error || (fault.kind == FaultKind::html_body && *fault.status == 200)) return {};
  fault.status.reset();
  return refuse(fmt::format("'status' must be from 400 to 599{}, not '{}'",
                            fault.kind == FaultKind::html_body ? " or 200" : "", shown(value)));
}

Outcome set_code(std::string& field, std::string_view value) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (value.empty() || value.size() > kLongestCode || !std::ranges::all_of(value, fits)) {
    return refuse("'code' must be 1 to 64 letters, digits or any of _ - .");
  }
  field = value;
  return {};
}

Outcome set_flag(std::optional<bool>& field, std::string_view name, std::string_view value) {
  if (value != "true" && value != "false") {
    return refuse(fmt::format("'{}' must be true or false, not '{}'", name, shown(value)));
  }
  field = value == "true";
  return {};
}

bool already_set(const Fault& fault, std::string_view name) {
  return std::ranges::any_of(parameters_of(fault),
                             [&](const auto& given) { return given.first == name; });
}

/// "name; parameter=value; ..."
std::expected<Fault, std::string> parse_fault(std::string_view text) {
  Fault fault;
  const std::string_view name = next_part(text, ';');
  const auto kind = fault_kind(name);
  if (!kind) return refuse(fmt::format("there is no fault '{}'", shown(name)));
  fault.kind = *kind;
  while (!text.empty()) {
    std::string_view value = next_part(text, ';');
    std::string key(next_part(value, '='));
    std::ranges::replace(key, '-', '_');
    auto outcome = set_parameter(fault, key, trimmed(value));
    if (!outcome) return refuse(std::move(outcome.error()));
  }
  return fault;
}

}  // namespace

std::expected<void, std::string> set_parameter(Fault& fault, std::string_view name,
                                               std::string_view value) {
  if (!takes(fault.kind, name)) {
    return refuse(fmt::format("'{}' has no parameter '{}'", to_string(fault.kind), shown(name)));
  }
  if (already_set(fault, name)) return refuse(fmt::format("'{}' is given twice", name));
  constexpr std::uint64_t kDay = 24 * 3600;
  if (name == "after") return set_number(fault.after, name, value, 0, 1'000'000);
  if (name == "for") return set_time(fault.duration_ns, name, value, 0);
  if (name == "status") return set_status(fault, value);
  if (name == "code") return set_code(fault.code, value);
  if (name == "retry_after") return set_number(fault.retry_after, name, value, 0, kDay);
  if (name == "retry_after_ms")
    return set_number(fault.retry_after_ms, name, value, 0, kDay * 1000);
  if (name == "should_retry") return set_flag(fault.should_retry, name, value);
  if (name == "bytes") return set_number(fault.bytes, name, value, 1, 1U << 20U);
  if (name == "size") return set_size(fault.size, value);
  if (name == "events") return set_number(fault.events, name, value, 1, 1000);
  // A keep-alive without a pause would be all that is ever sent.
  return set_time(fault.gap_ns, name, value,
                  fault.kind == FaultKind::keep_alive ? kMillisecond : 0);
}

std::vector<std::pair<std::string_view, std::string>> parameters_of(const Fault& fault) {
  std::vector<std::pair<std::string_view, std::string>> given;
  const auto number = [&](std::string_view name, const auto& value) {
    if (value) given.emplace_back(name, std::to_string(*value));
  };
  number("after", fault.after);
  if (fault.duration_ns) given.emplace_back("for", duration_text(*fault.duration_ns));
  number("status", fault.status);
  if (!fault.code.empty()) given.emplace_back("code", fault.code);
  number("retry_after", fault.retry_after);
  number("retry_after_ms", fault.retry_after_ms);
  if (fault.should_retry) {
    given.emplace_back("should_retry", *fault.should_retry ? "true" : "false");
  }
  number("bytes", fault.bytes);
  number("size", fault.size);
  number("events", fault.events);
  if (fault.gap_ns) given.emplace_back("gap", duration_text(*fault.gap_ns));
  return given;
}

std::expected<std::vector<Fault>, std::string> parse_fault_header(std::string_view text) {
  std::vector<Fault> faults;
  if (trimmed(text).empty()) return faults;
  for (bool more = true; more;) {
    more = text.find(',') != std::string_view::npos;
    if (faults.size() == kMaxFaults) {
      return refuse(fmt::format("{}: at most {} faults at once", kFaultHeader, kMaxFaults));
    }
    auto fault = parse_fault(next_part(text, ','));
    if (!fault) return refuse(fmt::format("{}: {}", kFaultHeader, fault.error()));
    faults.push_back(std::move(*fault));
  }
  return faults;
}

std::expected<Fault, std::string> parse_return_error(std::string_view text) {
  Fault fault;
  const std::string_view value = trimmed(text);
  auto outcome = set_parameter(fault, "status", value);
  if (!outcome) {
    return refuse(fmt::format("{}: must be an HTTP status from 400 to 599, not '{}'",
                              kReturnErrorHeader, shown(value)));
  }
  return fault;
}

}  // namespace hopcost::mockserver
