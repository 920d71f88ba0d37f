#include "loadgen/output/junit_xml.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "common/xml.hpp"

namespace hopcost::loadgen {
namespace {

using Outcome = JunitOutcome;

std::string xml_of(const JunitCase& one) {
  const auto head = fmt::format(R"(  <testcase classname="{}" name="{}" time="0")",
                                xml_escaped(one.classname), xml_escaped(one.name));
  const auto message = xml_escaped(one.message);
  const auto type = xml_escaped(one.type);
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

std::string junit_xml(const std::string& suite, const std::vector<JunitCase>& cases, double took_s,
                      const std::string& timestamp) {
  const auto count = [&](Outcome outcome) {
    return std::ranges::count(cases, outcome, &JunitCase::outcome);
  };
  const auto counts = fmt::format(
      R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3f}")", cases.size(),
      count(Outcome::failure), count(Outcome::error), count(Outcome::skipped), took_s);
  const auto name = xml_escaped(suite);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += fmt::format("<testsuites name=\"{}\" {}>\n <testsuite name=\"{}\" {}", name, counts, name,
                     counts);
  xml += timestamp.empty() ? ">\n" : fmt::format(" timestamp=\"{}\">\n", xml_escaped(timestamp));
  for (const auto& one : cases) xml += xml_of(one);
  xml += " </testsuite>\n</testsuites>\n";
  return xml;
}

}  // namespace hopcost::loadgen
