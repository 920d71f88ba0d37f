// Any text is faults or one refusal, in a header and in YAML; what was read is written so that it
// reads back. Any events are, in every form, the same events to a right reader.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/sse.hpp"
#include "mockserver/fault/fault_plan.hpp"
#include "mockserver/fault/fault_rule.hpp"
#include "mockserver/fault/sse_form.hpp"
#include "mockserver/fault/write_shape.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::mockserver;

void read_header(std::string_view text) {
  const auto faults = parse_fault_header(text);
  if (!faults) {
    fuzz::expect(!faults.error().empty() && faults.error().size() < 300, "a refusal is short");
  } else {
    fuzz::expect(faults->size() <= kMaxFaults, "faults are bounded");
    for (const auto& fault : *faults) {
      Fault again{.kind = fault.kind};
      const auto parameters = parameters_of(fault);
      for (const auto& [name, value] : parameters) {
        fuzz::expect(set_parameter(again, name, value).has_value(), "a parameter reads back");
      }
      fuzz::expect(again == fault, "a fault reads back as itself");
    }
    const FaultPlan plan = make_plan(*faults);
    fuzz::expect(plan.none() == faults->empty(), "a plan knows whether it does something");
    fuzz::expect(plan.huge_size <= kMaxHugeEvent, "an event is bounded");
  }
  if (const auto fault = parse_return_error(text)) {
    fuzz::expect(*fault->status >= 400 && *fault->status <= 599, "an error is an error");
  }
}

void read_yaml(std::string_view text) {
  const auto root = parse_yaml(std::string(text), "f.yaml");
  if (!root) return;
  const auto rules = catch_errors([&] { return decode_fault_rules(*root); });
  if (!rules) {
    fuzz::expect(rules.error().where.starts_with("f.yaml"), "a complaint names the file");
    return;
  }
  for (const auto& rule : *rules) {
    const auto json = parse_yaml(to_json(rule).dump(), "json");
    fuzz::expect(json.has_value(), "JSON is YAML");
    const auto again = catch_errors([&] { return decode_fault_rule(*json); });
    fuzz::expect(again.has_value() && *again == rule, "a rule reads back as itself");
  }
}

using Events = std::vector<std::pair<std::string, std::string>>;

Events decode(std::string_view wire) {
  SseDecoder decoder;
  Events events;
  decoder.feed(wire, [&](const SseEvent& e) { events.emplace_back(e.name, e.data); });
  return events;
}

bool same_data(const std::string& plain, const std::string& other) {
  if (plain == other) return true;
  const auto json = nlohmann::json::parse(plain, nullptr, false);
  if (!json.is_discarded()) return json == nlohmann::json::parse(other, nullptr, false);
  // Not JSON after all: only line ends may have been put in.
  std::string without;
  for (const char c : other) {
    if (c != '\n') without += c;
  }
  std::string flat;
  for (const char c : plain) {
    if (c != '\n') flat += c;
  }
  return without == flat;
}

void reform(std::string_view input) {
  std::string events;
  for (const char c : input) events += c == '\r' ? '\n' : c;
  if (events.starts_with("\xef\xbb\xbf")) return;
  const Events plain = decode(events);
  for (unsigned bits = 0; bits < 256; bits += 3) {
    const SseForm form{.line_end = static_cast<LineEnd>(bits >> 6U),
                       .bom = false,
                       .comments = (bits & 1U) != 0,
                       .split_data = (bits & 2U) != 0,
                       .empty_events = (bits & 4U) != 0,
                       .no_space = (bits & 8U) != 0,
                       .id_retry = (bits & 16U) != 0};
    std::string wire;
    append_reformed(wire, events, form, bits & 32U);
    const Events other = decode(wire);
    fuzz::expect(other.size() == plain.size(), "every form has the same events");
    for (std::size_t i = 0; i < plain.size(); ++i) {
      fuzz::expect(other[i].first == plain[i].first, "names are the same in every form");
      fuzz::expect(same_data(plain[i].second, other[i].second), "data is the same in every form");
    }
  }
  (void)malformed_events(events);
  const std::string huge = huge_events(events, 300);
  fuzz::expect(huge.size() <= events.size() + 300, "a huge event has its size and no more");
  (void)multibyte_wire(events);
  const auto ends = slice_points(events, {.bytes = 5, .split_utf8 = true});
  fuzz::expect(events.empty() ? ends.empty() : ends.back() == events.size(), "all is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  const auto input = fuzz::text_of(bytes, size);
  read_header(input);
  read_yaml(input);
  reform(input);
  return 0;
}
