#include "mockserver/fault/fault_plan.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

FaultPlan plan_of(std::string_view text) {
  const auto faults = parse_fault_header(text);
  INFO(text);
  REQUIRE(faults.has_value());
  return make_plan(*faults);
}

/// The parameters of a table row that have a default, as a header would give them.
std::string with_defaults(const FaultInfo& info) {
  std::string text(info.name);
  std::string_view rest = info.parameters;
  while (!rest.empty()) {
    const auto comma = rest.find(", ");
    const std::string_view entry = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 2);
    if (entry.find('=') != std::string_view::npos) text += "; " + std::string(entry);
  }
  return text;
}

}  // namespace

TEST_CASE("a plan without faults does nothing and says so") {
  CHECK(FaultPlan{}.none());
  CHECK(make_plan({}) == FaultPlan{});
}

TEST_CASE("every fault alone changes the plan, each in another way, and is known by its kind") {
  std::vector<FaultPlan> plans;
  for (const auto& info : fault_table()) {
    INFO(info.name);
    FaultPlan plan = plan_of(info.name);
    CHECK_FALSE(plan.none());
    CHECK(plan.has(info.kind));
    plan.kinds = 0;
    CHECK_FALSE(plan == FaultPlan{});
    for (const auto& other : plans) CHECK_FALSE(plan == other);
    plans.push_back(plan);
  }
}

TEST_CASE("the defaults in the documented table are those of the plan") {
  for (const auto& info : fault_table()) {
    const std::string text = with_defaults(info);
    INFO(text);
    CHECK(plan_of(text) == plan_of(info.name));
  }
}

TEST_CASE("a stall without a time lasts until the client leaves") {
  CHECK(plan_of("header-stall").header_stall_ns == kForEver);
  CHECK(plan_of("header-stall; for=5ms").header_stall_ns == 5 * kMillisecond);
  CHECK(plan_of("first-token-stall").first_token_stall_ns == kForEver);
  const auto plan = plan_of("mid-stream-stall; after=7");
  CHECK(plan.mid_stall_ns == kForEver);
  CHECK(plan.mid_stall_after == 7);
}

TEST_CASE("an error and an early cut may come after a wait") {
  const auto error = plan_of("error; status=503; for=20ms");
  CHECK(error.header_stall_ns == 20 * kMillisecond);
  CHECK(error.error_status == 503);
  const auto cut = plan_of("reset-before-reply; for=20ms");
  CHECK(cut.header_stall_ns == 20 * kMillisecond);
  CHECK(cut.cut_before_reply == Cut::reset);
  CHECK(plan_of("error").header_stall_ns == 0);
}

TEST_CASE("faults combine, and what an earlier one said about the same thing stands") {
  const auto plan = plan_of(
      "reset; after=5, close; after=2, crlf, cr, comments, error-event; after=3, "
      "error-event; after=4, trickle; bytes=2; gap=5ms, split; bytes=9; gap=1s, split-utf8; "
      "gap=7s");
  CHECK(plan.cut == Cut::reset);
  CHECK(plan.cut_after == 5);
  CHECK(plan.form == SseForm{.line_end = LineEnd::crlf, .comments = true});
  CHECK(plan.event_error_after == 3);
  CHECK(plan.write == WriteShape{.bytes = 2, .split_utf8 = true, .gap_ns = 5 * kMillisecond});
  CHECK(plan.has(FaultKind::cr));
}

TEST_CASE("retry headers are sent as asked and not otherwise") {
  std::string head;
  plan_of("error; status=429; retry_after=2; retry_after_ms=1500; should_retry=false")
      .append_error_headers(head);
  CHECK(head == "retry-after: 2\r\nretry-after-ms: 1500\r\nx-should-retry: false\r\n");
  head.clear();
  plan_of("error; status=429").append_error_headers(head);
  CHECK(head.empty());
}

TEST_CASE("every error status has a whole error object of its class") {
  for (int status = 400; status < 600; ++status) {
    INFO(status);
    const ApiError error = error_for_status(status);
    CHECK(error.status == status);
    const auto body = nlohmann::json::parse(error.body());
    CHECK(body["error"].size() == 4);
    CHECK_FALSE(body["error"]["message"].get<std::string>().empty());
    CHECK_FALSE(body["error"]["type"].get<std::string>().empty());
    CHECK((status >= 500) == (error.type == "server_error" || error.type == "overloaded_error"));
  }
}

TEST_CASE("the known statuses have the types and codes of OpenAI's API") {
  CHECK(error_for_status(400).type == "invalid_request_error");
  CHECK(error_for_status(400).code.empty());
  CHECK(error_for_status(401).code == "invalid_api_key");
  CHECK(error_for_status(403).code == "permission_denied");
  CHECK(error_for_status(404).code == "model_not_found");
  CHECK(error_for_status(408).code == "request_timeout");
  CHECK(error_for_status(409).code == "conflict");
  CHECK(error_for_status(429).code == "rate_limit_exceeded");
  CHECK(error_for_status(500).type == "server_error");
  CHECK(error_for_status(503).code == "overloaded");
  CHECK(error_for_status(529).type == "overloaded_error");
  CHECK(error_for_status(418).type == "invalid_request_error");
}

TEST_CASE("another code may be asked for, a used up quota is a type of its own") {
  const auto quota = plan_of("error; status=429; code=insufficient_quota").error();
  CHECK(quota.status == 429);
  CHECK(quota.type == "insufficient_quota");
  CHECK(quota.code == "insufficient_quota");
  const auto other = plan_of("error-event; status=502; code=upstream").event_error();
  CHECK(other.code == "upstream");
  CHECK(other.type == "server_error");
}

TEST_CASE("a place in a unary body is the same share of its bytes and never its end") {
  CHECK(place_in_body(1000, 0, 10) == 0);
  CHECK(place_in_body(1000, 5, 10) == 500);
  CHECK(place_in_body(1000, 10, 10) == 999);
  CHECK(place_in_body(1000, 1'000'000, 10) == 999);
  CHECK(place_in_body(1000, 1, 0) == 999);
  CHECK(place_in_body(0, 1, 10) == 0);
  CHECK(place_in_body(1, 9, 10) == 0);
}
