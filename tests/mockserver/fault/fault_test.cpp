#include "mockserver/fault/fault.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

std::vector<Fault> faults_of(std::string_view text) {
  auto faults = parse_fault_header(text);
  INFO(text);
  REQUIRE(faults.has_value());
  return *faults;
}

std::string complaint(std::string_view text) {
  const auto faults = parse_fault_header(text);
  return faults ? "" : faults.error();
}

}  // namespace

TEST_CASE("every fault has its own kebab-case name and a summary, at the place its kind numbers") {
  const auto table = fault_table();
  REQUIRE(table.size() == kFaultKinds);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    INFO(table[i].name);
    CHECK(static_cast<std::size_t>(table[i].kind) == i);
    CHECK(names.insert(table[i].name).second);
    CHECK(table[i].name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
          std::string_view::npos);
    CHECK(table[i].summary.size() > 10);
    CHECK(to_string(table[i].kind) == table[i].name);
    CHECK(fault_kind(table[i].name) == table[i].kind);
    CHECK(faults_of(table[i].name).at(0).kind == table[i].kind);
  }
  CHECK_FALSE(fault_kind("Reset").has_value());
  CHECK_FALSE(fault_kind("").has_value());
}

TEST_CASE("a header names faults with their parameters") {
  const auto faults =
      faults_of(" mid-stream-stall; after=3; for=200ms ,error;status=429;retry-after=2 , crlf");
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].kind == FaultKind::mid_stream_stall);
  CHECK(faults[0].after == 3);
  CHECK(faults[0].duration_ns == 200 * kMillisecond);
  CHECK(faults[1].status == 429);
  CHECK(faults[1].retry_after == 2);
  CHECK_FALSE(faults[1].retry_after_ms.has_value());
  CHECK(faults[2] == Fault{.kind = FaultKind::crlf});
}

TEST_CASE("every parameter is read, and written as text that reads back") {
  for (const std::string_view text :
       {"error; for=1500us; status=503; code=overloaded; retry_after=7; retry-after-ms=20; "
        "should-retry=false",
        "huge-event; after=0; size=1MiB", "trickle; bytes=3; gap=0", "coalesce; events=1000",
        "error; should_retry=true", "mid-stream-stall; after=1000000; for=24h"}) {
    const Fault fault = faults_of(text).at(0);
    Fault again{.kind = fault.kind};
    const auto parameters = parameters_of(fault);
    CHECK(parameters.size() == static_cast<std::size_t>(std::ranges::count(text, '=')));
    for (const auto& [name, value] : parameters) {
      REQUIRE(set_parameter(again, name, value).has_value());
    }
    CHECK(again == fault);
  }
}

TEST_CASE("a header without text is no fault") {
  CHECK(faults_of("").empty());
  CHECK(faults_of(" \t ").empty());
}

TEST_CASE("what a fault header gets wrong is said in one sentence") {
  CHECK(complaint("rest") == "x-hopcost-fault: there is no fault 'rest'");
  CHECK(complaint("crlf,").find("no fault ''") != std::string::npos);
  CHECK(complaint(",crlf").find("no fault ''") != std::string::npos);
  CHECK(complaint("crlf; after=1").find("'crlf' has no parameter 'after'") != std::string::npos);
  CHECK(complaint("reset; after").find("'after' must be a whole number") != std::string::npos);
  CHECK(complaint("reset; after=-1").find("'after' must be") != std::string::npos);
  CHECK(complaint("reset; after=1000001").find("'after' must be") != std::string::npos);
  CHECK(complaint("reset; after=99999999999999999999").find("must be") != std::string::npos);
  CHECK(complaint("reset; after=1; after=2").find("'after' is given twice") != std::string::npos);
  CHECK(complaint("header-stall; for=5").find("'for'") != std::string::npos);
  CHECK(complaint("header-stall; for=25h").find("'for' must be from 0 to 24h") !=
        std::string::npos);
  CHECK(complaint("error; status=200").find("from 400 to 599") != std::string::npos);
  CHECK(complaint("error; status=600").find("'status' must be") != std::string::npos);
  CHECK(complaint("html-body; status=304").find("from 400 to 599 or 200") != std::string::npos);
  CHECK(complaint("html-body; status=200").empty());
  CHECK(complaint("error; code=a b").find("'code' must be") != std::string::npos);
  CHECK(complaint("error; should-retry=1").find("true or false") != std::string::npos);
  CHECK(complaint("huge-event; size=17MiB").find("'size' must be") != std::string::npos);
  CHECK(complaint("trickle; bytes=0").find("'bytes' must be") != std::string::npos);
  CHECK(complaint("keep-alive; gap=1us").find("'gap' must be from 1ms") != std::string::npos);
}

TEST_CASE("a header cannot ask for faults without end, nor fill a message with its text") {
  std::string text = "crlf";
  for (std::size_t i = 1; i < kMaxFaults; ++i) text += ",crlf";
  CHECK(complaint(text).empty());
  CHECK(complaint(text + ",crlf") == "x-hopcost-fault: at most 16 faults at once");
  CHECK(complaint(std::string(100'000, 'x')).size() < 200);
  CHECK(complaint("reset; after=" + std::string(100'000, 'x')).size() < 200);
  CHECK(complaint("header-stall; for=" + std::string(100'000, '1')).size() < 200);
}

TEST_CASE("X-Return-Error takes a status of an error and refuses anything else") {
  const auto fault = parse_return_error(" 429 ");
  REQUIRE(fault.has_value());
  CHECK(fault->kind == FaultKind::error);
  CHECK(fault->status == 429);
  for (const std::string_view text :
       {"", "rate_limit", "429x", "4 29", "200", "399", "600", "-5"}) {
    INFO(text);
    const auto refused = parse_return_error(text);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().find("x-return-error: must be an HTTP status") == 0);
  }
}
