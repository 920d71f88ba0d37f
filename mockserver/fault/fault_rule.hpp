#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/random.hpp"
#include "common/yaml.hpp"
#include "mockserver/fault/fault.hpp"
#include "mockserver/fault/fault_plan.hpp"

namespace hopcost::mockserver {

/// Which requests a rule is for: those of which everything that is given holds.
struct FaultCondition {
  std::string model = {};  ///< equal, or with a `*` at its end a prefix; empty: any
  std::string path = {};   ///< likewise, of the path without query
  std::string header_name = {};
  std::string header_value = {};            ///< empty: the header is there
  std::optional<std::uint64_t> every = {};  ///< the request's number is a multiple of it
  std::optional<std::uint64_t> nth = {};    ///< exactly this number
  std::optional<std::uint64_t> first = {};  ///< numbers up to and with this

  bool operator==(const FaultCondition&) const = default;
};

struct FaultRule {
  Fault fault;
  double probability = 1;
  FaultCondition when;

  bool operator==(const FaultRule&) const = default;
};

/// {fault: reset, after: 5, probability: 0.01, when: {model: a, header: "x-test: yes", every: 10}}.
/// Strict; throws ErrorException with file, line and field.
[[nodiscard]] FaultRule decode_fault_rule(const YamlNode& node);
/// The value of `faults:`, a list of rules.
[[nodiscard]] std::vector<FaultRule> decode_fault_rules(const YamlNode& node);
/// What decode_fault_rule reads back as the same rule.
[[nodiscard]] nlohmann::ordered_json to_json(const FaultRule& rule);

/// What a rule may ask about a request. Views and callback are used only during the call.
struct RequestFacts {
  std::string_view model = {};
  std::string_view path = {};
  std::uint64_t number = 0;  ///< counted by the caller, 1 is the first
  /// The value of a header by its lower-case name; may be empty where no header is known.
  std::function<std::optional<std::string_view>(std::string_view)> header = {};
};

/// Chooses what goes wrong with a request by rules. Immutable after construction, so threads may
/// share it; each brings its own Random.
///
/// Every rule that applies adds its fault (each with its own throw of the dice); where two speak
/// about the same thing the earlier rule stands. A rule whose condition fails throws no dice.
class FaultChooser {
 public:
  FaultChooser() = default;
  explicit FaultChooser(std::vector<FaultRule> rules) : rules_(std::move(rules)) {}

  /// True where no request ever gets a fault: nothing need be prepared for choose.
  [[nodiscard]] bool empty() const { return rules_.empty(); }
  [[nodiscard]] const std::vector<FaultRule>& rules() const { return rules_; }

  [[nodiscard]] FaultPlan choose(const RequestFacts& facts, Random& random) const {
    FaultPlan plan;
    if (!rules_.empty()) apply(plan, facts, random);
    return plan;
  }

 private:
  void apply(FaultPlan& plan, const RequestFacts& facts, Random& random) const;

  std::vector<FaultRule> rules_;
};

}  // namespace hopcost::mockserver
