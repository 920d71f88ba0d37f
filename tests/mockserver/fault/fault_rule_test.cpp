#include "mockserver/fault/fault_rule.hpp"

#include <map>
#include <string>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

Result<std::vector<FaultRule>> decode(const std::string& text) {
  const auto root = parse_yaml(text, "x.yaml");
  REQUIRE(root.has_value());
  return catch_errors([&] { return decode_fault_rules(*root); });
}

std::vector<FaultRule> rules_of(const std::string& text) {
  const auto rules = decode(text);
  INFO((rules ? "" : rules.error().to_string()));
  REQUIRE(rules.has_value());
  return *rules;
}

std::string complaint(const std::string& text) {
  const auto rules = decode(text);
  return rules ? "" : rules.error().to_string();
}

/// The numbers, 1 to `last`, of the requests that get a fault.
std::vector<std::uint64_t> hit(const FaultChooser& chooser, std::uint64_t last) {
  Random random(1);
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 1; i <= last; ++i) {
    if (!chooser.choose({.model = "a", .path = "/p", .number = i}, random).none()) {
      numbers.push_back(i);
    }
  }
  return numbers;
}

bool hits(const std::string& rule, const RequestFacts& facts) {
  Random random(1);
  return !FaultChooser(rules_of("[" + rule + "]")).choose(facts, random).none();
}

}  // namespace

TEST_CASE("a rule is read with its parameters, probability and condition") {
  const auto rules = rules_of(
      "- fault: reset\n  after: 5\n  probability: 0.01\n"
      "  when: {model: a, path: /v1/*, header: 'X-Test:  yes', every: 10, nth: 3, first: 7}\n"
      "- {fault: error, status: 429, retry_after: 2, should_retry: true, for: 20ms}\n");
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].fault == Fault{.kind = FaultKind::reset, .after = 5});
  CHECK(rules[0].probability == 0.01);
  CHECK(rules[0].when == FaultCondition{.model = "a",
                                        .path = "/v1/*",
                                        .header_name = "x-test",
                                        .header_value = "yes",
                                        .every = 10,
                                        .nth = 3,
                                        .first = 7});
  CHECK(rules[1].probability == 1);
  CHECK(rules[1].when == FaultCondition{});
  CHECK(rules[1].fault.duration_ns == 20 * kMillisecond);
}

TEST_CASE("rules written as JSON read back as the same rules") {
  std::string text;
  for (const auto& info : fault_table()) {
    text += "- {fault: " + std::string(info.name) + "}\n";
  }
  text +=
      "- {fault: error, status: 429, code: '429', for: 0, retry_after: 1, retry_after_ms: 0,\n"
      "   should_retry: false, probability: 0.125, when: {header: x-a}}\n"
      "- {fault: error, code: 'true', probability: 0, when: {header: 'x-a: b: c \"d\"'}}\n"
      "- {fault: trickle, bytes: 3, gap: 1500us, when: {model: 'org/m: #1', path: '/v1/*'}}\n"
      "- {fault: huge-event, size: 2MiB, after: 0, when: {every: 2, nth: 3, first: 4}}\n"
      "- {fault: coalesce, events: 3}\n";
  const auto rules = rules_of(text);
  for (const auto& rule : rules) {
    const std::string json = to_json(rule).dump();
    INFO(json);
    CHECK(rules_of("[" + json + "]").at(0) == rule);
  }
}

TEST_CASE("what is wrong with a rule is said with file, line and field") {
  CHECK(complaint("- {after: 1}").find("x.yaml:1: [0]: 'fault' is missing") == 0);
  CHECK(complaint("- fault: crlf\n- fault: rest") ==
        "x.yaml:2: [1].fault: there is no fault 'rest'");
  CHECK(complaint("- fault: crlf\n  after: 1") ==
        "x.yaml:2: [0].after: 'crlf' has no parameter 'after'");
  CHECK(complaint("- fault: reset\n  when: {modl: a}") == "x.yaml:2: [0].when.modl: unknown key");
  CHECK(complaint("- {fault: reset, probability: 1.5}").find("must be from 0 to 1") !=
        std::string::npos);
  CHECK(complaint("- {fault: reset, when: {every: 0}}").find("must be from 1") !=
        std::string::npos);
  CHECK(complaint("- {fault: reset, when: {header: ': a'}}").find("must be 'name: value'") !=
        std::string::npos);
  CHECK(complaint("- {fault: reset, when: {header: 'a:'}}").find("no value") != std::string::npos);
  CHECK(complaint("- {fault: reset, when: {model: ''}}").find("printable") != std::string::npos);
  CHECK(complaint("{fault: reset}").find("must be a list") != std::string::npos);
}

TEST_CASE("without rules nothing is chosen") {
  const FaultChooser chooser;
  CHECK(chooser.empty());
  CHECK(hit(chooser, 10).empty());
}

TEST_CASE("a rule may be for every, the nth or the first requests") {
  CHECK(hit(FaultChooser(rules_of("[{fault: reset, when: {every: 3}}]")), 10) ==
        std::vector<std::uint64_t>{3, 6, 9});
  CHECK(hit(FaultChooser(rules_of("[{fault: reset, when: {nth: 3}}]")), 10) ==
        std::vector<std::uint64_t>{3});
  CHECK(hit(FaultChooser(rules_of("[{fault: reset, when: {first: 2}}]")), 10) ==
        std::vector<std::uint64_t>{1, 2});
  CHECK(hit(FaultChooser(rules_of("[{fault: reset, when: {first: 7, every: 3}}]")), 10) ==
        std::vector<std::uint64_t>{3, 6});
}

TEST_CASE("a rule may be for a model, a path or a header") {
  const std::map<std::string, std::string, std::less<>> headers{{"x-test", "yes"}};
  const RequestFacts facts{.model = "org/large",
                           .path = "/v1/chat/completions",
                           .number = 1,
                           .header = [&](std::string_view name) -> std::optional<std::string_view> {
                             const auto found = headers.find(name);
                             if (found == headers.end()) return std::nullopt;
                             return found->second;
                           }};
  CHECK(hits("{fault: reset, when: {model: org/large}}", facts));
  CHECK(hits("{fault: reset, when: {model: org/*}}", facts));
  CHECK_FALSE(hits("{fault: reset, when: {model: org}}", facts));
  CHECK(hits("{fault: reset, when: {path: /v1/*}}", facts));
  CHECK_FALSE(hits("{fault: reset, when: {path: /v2/*}}", facts));
  CHECK(hits("{fault: reset, when: {header: x-test}}", facts));
  CHECK(hits("{fault: reset, when: {header: 'X-Test: yes'}}", facts));
  CHECK_FALSE(hits("{fault: reset, when: {header: 'x-test: no'}}", facts));
  CHECK_FALSE(hits("{fault: reset, when: {header: x-other}}", facts));
  CHECK_FALSE(hits("{fault: reset, when: {model: org/large, path: /x}}", facts));
  RequestFacts bare = facts;
  bare.header = nullptr;
  CHECK_FALSE(hits("{fault: reset, when: {header: x-test}}", bare));
}

TEST_CASE("a probability is the share of the requests that get the fault") {
  CHECK(hit(FaultChooser(rules_of("[{fault: reset, probability: 0}]")), 1000).empty());
  CHECK(hit(FaultChooser(rules_of("[{fault: reset, probability: 1}]")), 1000).size() == 1000);
  // Six standard deviations of 10 000 throws at 0.2 are 240.
  const auto share = hit(FaultChooser(rules_of("[{fault: reset, probability: 0.2}]")), 10'000);
  CHECK(share.size() > 1760);
  CHECK(share.size() < 2240);
}

TEST_CASE("all rules that apply add their faults, the earlier stands where two disagree") {
  const FaultChooser chooser(
      rules_of("[{fault: reset, after: 2}, {fault: crlf, when: {nth: 1}}, {fault: close}]"));
  Random random(1);
  const auto first = chooser.choose({.model = "", .path = "", .number = 1}, random);
  CHECK(first.cut == Cut::reset);
  CHECK(first.cut_after == 2);
  CHECK(first.form.line_end == LineEnd::crlf);
  const auto second = chooser.choose({.model = "", .path = "", .number = 2}, random);
  CHECK(second.form.line_end == LineEnd::lf);
}
