#include "tests/mockserver/fault_cases.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver::fault_cases {

using nlohmann::json;
using enum FaultKind;

namespace {

std::string text_of(std::uint32_t tokens) {
  std::string text;
  append_tokens(text, 0, tokens);
  return text;
}

std::string_view body_of(std::string_view raw) {
  const auto at = raw.find("\r\n\r\n");
  REQUIRE(at != std::string_view::npos);
  REQUIRE(raw.starts_with("HTTP/1.1 200 OK\r\n"));
  return raw.substr(at + 4);
}

std::size_t promised_by(std::string_view raw) {
  const std::string_view name = "Content-Length: ";
  return std::stoul(std::string(raw.substr(raw.find(name) + name.size(), 10)));
}

/// The words a whole reply says, whatever its form.
std::string said(const Reply& reply) {
  if (!reply.body.starts_with('{')) {
    std::string text;
    const auto chunks = reply.chunks();
    for (const auto& chunk : chunks) {
      if (!chunk.at("choices").empty()) text += chunk["choices"][0]["delta"].value("content", "");
    }
    return text;
  }
  return reply.json()["choices"][0]["message"]["content"];
}

}  // namespace

TestServer quick_server(std::string_view more) {
  auto options = TestServer::options_of(fmt::format("{{output_tokens: {}{}}}", kTokens, more));
  options.drain_time = kSecond;  // a stall that a failed test left behind ends with it
  return TestServer(options);
}

std::string asking(std::string_view fault, bool stream, std::string_view more_lines) {
  auto body = chat_body();
  body["stream"] = stream;
  return request("POST", "/v1/chat/completions", body.dump(),
                 fmt::format("x-hopcost-fault: {}\r\n{}", fault, more_lines));
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

std::size_t words_in(std::string_view wire) {
  return count_of(wire, R"("delta":{"content":)");
}

void check_said(const Reply& reply) {
  CHECK(reply.status == 200);
  CHECK(said(reply) == text_of(kTokens));
}

void check_multibyte(const Reply& reply) {
  CHECK(reply.status == 200);
  const auto text = said(reply);  // JSON of broken UTF-8 does not parse
  CHECK(std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
  CHECK(std::ranges::count(text, ' ') == std::ranges::count(text_of(kTokens), ' '));
}

namespace {

void check_nothing(const Reply& raw) {
  CHECK(raw.body.empty());
}

void check_head_only(const Reply& raw) {
  CHECK(body_of(raw.body).empty());
}

void check_page(const Reply& reply) {
  CHECK(reply.status == 502);
  CHECK(reply.headers.at("content-type") == "text/html");
  CHECK(reply.headers.at("content-length") == std::to_string(reply.body.size()));
  CHECK(reply.body.find("<html>") != std::string::npos);
}

void check_plain_text(const Reply& reply) {
  CHECK(reply.headers.at("content-type") == kWrongContentType);
  check_said(reply);
}

void check_empty(const Reply& reply) {
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("content-length") == "0");
  CHECK(reply.body.empty());
}

constexpr const char* kError =
    "error; status=429; code=insufficient_quota; retry-after=2; retry-after-ms=1500; "
    "should-retry=true";

void check_error(const Reply& reply) {
  CHECK(reply.status == 429);
  CHECK(reply.headers.at("content-type") == "application/json");
  CHECK(reply.headers.at("retry-after") == "2");
  CHECK(reply.headers.at("retry-after-ms") == "1500");
  CHECK(reply.headers.at("x-should-retry") == "true");
  CHECK(reply.json()["error"]["code"] == "insufficient_quota");
}

void check_part_of_body(const Reply& raw) {
  const auto body = body_of(raw.body);
  CHECK(body.starts_with(R"({"id":"chatcmpl-)"));
  CHECK(body.size() < promised_by(raw.body));
  CHECK_FALSE(json::accept(body));
}

void check_two_words(const Reply& raw) {
  CHECK(words_in(body_of(raw.body)) == 2);
  CHECK(raw.body.find("[DONE]") == std::string::npos);
  CHECK_FALSE(raw.body.ends_with("0\r\n\r\n"));
}

}  // namespace

std::vector<Case> unary_cases() {
  const bool s = false;
  return {
      {error, kError, s, Ends::whole, check_error},
      {header_stall, "header-stall", s, Ends::stall, check_nothing},
      {close_before_reply, "close-before-reply; for=1ms", s, Ends::fin, check_nothing},
      {reset_before_reply, "reset-before-reply", s, Ends::reset, check_nothing},
      {close_after_head, "close-after-head", s, Ends::fin, check_head_only},
      {wrong_content_type, "wrong-content-type", s, Ends::whole, check_plain_text},
      {empty_body, "empty-body", s, Ends::whole, check_empty},
      {html_body, "html-body", s, Ends::whole, check_page},
      {first_token_stall, "first-token-stall", s, Ends::stall, check_head_only},
      {mid_stream_stall, "mid-stream-stall; after=3", s, Ends::stall, check_part_of_body},
      {close, "close; after=2", s, Ends::fin, check_part_of_body},
      {reset, "reset; after=2", s, Ends::reset, check_part_of_body},
      {malformed_json, "malformed-json", s, Ends::whole,
       [](const Reply& reply) {
         CHECK(reply.status == 200);
         CHECK(reply.body.starts_with('{'));
         CHECK_FALSE(json::accept(reply.body));
       }},
      {huge_event, "huge-event; size=300000", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(reply.body.size() == 300'000);
       }},
      {truncated_body, "truncated-body", s, Ends::fin,
       [](const Reply& raw) {
         const auto body = body_of(raw.body);
         CHECK(json::accept(body));
         CHECK(promised_by(raw.body) == body.size() + kTruncatedBytes);
       }},
      {trickle, "trickle; gap=0", s, Ends::whole, check_said},
      {split, "split; gap=10us", s, Ends::whole, check_said},
      {split_utf8, "split-utf8; gap=10us", s, Ends::whole, check_multibyte},
      // Events of a stream: a unary reply has none.
      {error_event, "error-event", s, Ends::whole, check_said},
      {no_done, "no-done, unterminated-event, crlf, bom, comments", s, Ends::whole, check_said},
  };
}

std::vector<Case> stream_cases() {
  const bool s = true;
  return {
      {error, kError, s, Ends::whole, check_error},
      {header_stall, "header-stall", s, Ends::stall, check_nothing},
      {close_before_reply, "close-before-reply", s, Ends::fin, check_nothing},
      {reset_before_reply, "reset-before-reply; for=1ms", s, Ends::reset, check_nothing},
      {close_after_head, "close-after-head", s, Ends::fin, check_head_only},
      {wrong_content_type, "wrong-content-type", s, Ends::whole, check_plain_text},
      {empty_body, "empty-body", s, Ends::whole,
       [](const Reply& reply) {
         check_empty(reply);
         CHECK(reply.headers.at("content-type") == "text/event-stream");
       }},
      {html_body, "html-body", s, Ends::whole, check_page},
      {first_token_stall, "first-token-stall", s, Ends::stall,
       [](const Reply& raw) {
         CHECK(raw.body.find(R"("role":"assistant")") != std::string::npos);
         CHECK(words_in(body_of(raw.body)) == 0);
       }},
      {mid_stream_stall, "mid-stream-stall; after=2", s, Ends::stall, check_two_words},
      {close, "close; after=2", s, Ends::fin, check_two_words},
      {reset, "reset; after=2", s, Ends::reset, check_two_words},
      {error_event, "error-event; after=2; status=503", s, Ends::whole,
       [](const Reply& reply) {
         const auto events = reply.events();
         REQUIRE_FALSE(events.empty());
         CHECK(json::parse(events.back())["error"]["code"] == "overloaded");
         CHECK(words_in(reply.body) == 2);
       }},
      {malformed_json, "malformed-json; after=2", s, Ends::whole,
       [](const Reply& reply) {
         const auto events = reply.events();
         const auto bad = [](const std::string& data) { return !json::accept(data); };
         CHECK(std::ranges::count_if(events, bad) == 2);  // and [DONE]
         CHECK(words_in(reply.body) + 1 >= kTokens);
       }},
      {huge_event, "huge-event; size=2MiB", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(reply.body.size() > 2U << 20U);
       }},
      {no_done, "no-done", s, Ends::whole,
       [](const Reply& reply) {
         const auto events = reply.events();
         REQUIRE_FALSE(events.empty());
         CHECK(json::parse(events.back())["choices"][0]["finish_reason"] == "stop");
       }},
      {unterminated_event, "unterminated-event", s, Ends::whole,
       [](const Reply& reply) {
         CHECK(reply.body.ends_with("}\n\ndata: [DONE]\n"));
         CHECK(words_in(reply.body) == kTokens);
       }},
      {truncated_body, "truncated-body", s, Ends::fin,
       [](const Reply& raw) {
         CHECK(raw.body.find("[DONE]") != std::string::npos);
         CHECK_FALSE(raw.body.ends_with("0\r\n\r\n"));
       }},
  };
}

}  // namespace hopcost::mockserver::fault_cases
