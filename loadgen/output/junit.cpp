#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "loadgen/output/headline.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

/// What JUnit calls the outcomes of a case.
enum class Outcome { passed, failure, error, skipped };

struct Case {
  std::string classname;
  std::string name;
  Outcome outcome = Outcome::passed;
  std::string type;
  std::string message;
};

std::string figure_class(const Threshold& threshold) {
  const auto& name = threshold.figure.name();
  return "loadgen." + name.substr(0, name.find('.'));
}

std::string value_text(const Threshold& threshold, std::optional<double> value) {
  return fmt::format("{} is {}", threshold.figure.name(),
                     value ? threshold.figure.text_of(*value) : "not known");
}

std::vector<Case> cases_of(const Judgement& judgement) {
  std::vector<Case> cases;
  if (judgement.valid()) cases.push_back({"loadgen", "the run is valid", {}, {}, {}});
  for (const auto& fault : judgement.faults) {
    cases.push_back({"loadgen", fault.code, Outcome::error, "not_valid", fault.evidence});
  }
  for (const auto& [threshold, value, crossed] : judgement.thresholds) {
    const auto outcome = crossed ? Outcome::failure : value ? Outcome::passed : Outcome::skipped;
    cases.push_back({figure_class(threshold), "not " + threshold.text, outcome, "threshold",
                     value_text(threshold, value)});
  }
  for (const auto& target : judgement.targets) {
    using Verdict = TargetOutcome::Verdict;
    const auto outcome = target.verdict == Verdict::met      ? Outcome::passed
                         : target.verdict == Verdict::missed ? Outcome::failure
                                                             : Outcome::skipped;
    cases.push_back(
        {figure_class(target.target), target.target.text, outcome, "target",
         fmt::format("{}: {}", name_of(target.verdict), value_text(target.target, target.value))});
  }
  return cases;
}

std::string xml_of(const Case& one) {
  const auto head = fmt::format(R"(  <testcase classname="{}" name="{}" time="0")",
                                escaped(one.classname), escaped(one.name));
  const auto message = escaped(one.message);
  const auto type = escaped(one.type);
  switch (one.outcome) {
    case Outcome::passed:
      return head + "/>\n";
    case Outcome::skipped:
      return fmt::format("{}><skipped message=\"{}\"/></testcase>\n", head, message);
    case Outcome::failure:
      return fmt::format("{}><failure message=\"{}\" type=\"{}\">{}</failure></testcase>\n", head,
                         message, type, message);
    default:
      return fmt::format("{}><error message=\"{}\" type=\"{}\">{}</error></testcase>\n", head,
                         message, type, message);
  }
}

}  // namespace

/// One case a threshold, a target, and a reason why the run is not valid.
std::vector<OutputFile> render_junit(const RunRecord& record) {
  const auto cases = cases_of(record.judgement);
  const auto count = [&](Outcome outcome) {
    return std::ranges::count(cases, outcome, &Case::outcome);
  };
  const auto counts = fmt::format(
      R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3f}")", cases.size(),
      count(Outcome::failure), count(Outcome::error), count(Outcome::skipped),
      static_cast<double>(record.result.measured_ns) / kSecond);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += fmt::format("<testsuites name=\"loadgen\" {}>\n <testsuite name=\"loadgen\" {} ", counts,
                     counts);
  xml += fmt::format("timestamp=\"{}\">\n", utc_text(record.started_at_ns));
  for (const auto& one : cases) xml += xml_of(one);
  xml += " </testsuite>\n</testsuites>\n";
  return {{"junit.xml", xml}};
}

}  // namespace hopcost::loadgen
