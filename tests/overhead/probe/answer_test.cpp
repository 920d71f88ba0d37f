#include "overhead/probe/answer.hpp"

#include <algorithm>

#include "common/stamp.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

const std::string kUnary =
    R"({"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"one two"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":3,"completion_tokens":2}})";

HttpReply document(const std::string& body, int status = 200) {
  return {status, {{"Content-Type", "application/json"}, {"Server", "mock"}}, body, {body.size()}};
}

std::string event(const std::string& content) {
  return R"(data: {"model":"m","choices":[{"index":0,"delta":{"content":")" + content +
         "\"}}]}\n\n";
}

/// A stream whose every part came in a read of its own.
HttpReply stream(const std::vector<std::string>& parts) {
  HttpReply reply{200, {{"content-type", "text/event-stream"}}, "", {}};
  for (const auto& part : parts) {
    reply.body += part;
    reply.reads.push_back(reply.body.size());
  }
  return reply;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::vector<Change> changes(const HttpReply& direct, const HttpReply& through) {
  return changes_between(read_answer(direct), read_answer(through));
}

}  // namespace

TEST_CASE("an answer that comes through as it was has no changes") {
  CHECK(changes(document(kUnary), document(kUnary)).empty());
  const auto whole = stream({event("a "), event("b"), "data: [DONE]\n\n"});
  CHECK(changes(whole, whole).empty());
}

TEST_CASE("another id and another time are no change, another model is one") {
  const auto other = replaced(replaced(kUnary, "\"a\"", "\"b\""), "\"created\":1", "\"created\":2");
  CHECK(changes(document(kUnary), document(other)).empty());
  const auto renamed = replaced(kUnary, "\"m\"", "\"openai/m\"");
  CHECK(changes(document(kUnary), document(renamed)) ==
        std::vector<Change>{{"model", "'m' becomes 'openai/m'"}});
}

TEST_CASE("keys that a stack adds and drops are named by their path") {
  const auto through = replaced(kUnary, R"("role":"assistant")", R"("refusal":null)");
  CHECK(changes(document(kUnary), document(through)) ==
        std::vector<Change>{{"keys",
                             "added choices[].message.refusal; dropped "
                             "choices[].message.role"}});
}

TEST_CASE("text that is altered, and usage that is, are told") {
  CHECK(changes(document(kUnary), document(replaced(kUnary, "one two", "one too"))) ==
        std::vector<Change>{{"text", "'one two' becomes 'one too'"}});
  CHECK(changes(document(kUnary),
                document(replaced(kUnary, "\"completion_tokens\":2", "\"completion_tokens\":3"))) ==
        std::vector<Change>{{"usage.completion_tokens", "'2' becomes '3'"}});
}

TEST_CASE("stamps differ in their times and are the same text, one that is lost is told") {
  const auto with_stamp = [](Nanos sent) {
    std::string stamp(ReplyStamp::kSize, ' ');
    write_stamp(stamp.data(), ReplyStamp{1, sent, sent + 1});
    return stamp + "one two";
  };
  const auto direct = document(replaced(kUnary, "one two", with_stamp(100)));
  CHECK(changes(direct, document(replaced(kUnary, "one two", with_stamp(200)))).empty());
  CHECK(changes(direct, document(kUnary)) ==
        std::vector<Change>{{"stamps", "0 in the text, 1 sent"}});
}

TEST_CASE("a stream without its [DONE], with fewer events, or gathered, is told") {
  const auto direct = stream({event("a "), event("b "), event("c"), "data: [DONE]\n\n"});
  CHECK(changes(direct, stream({event("a "), event("b "), event("c")})) ==
        std::vector<Change>{{"[DONE]", "is dropped"}});
  CHECK(changes(direct, stream({event("a "), event("b c"), "data: [DONE]\n\n"})) ==
        std::vector<Change>{{"events", "3 become 2"}});
  CHECK(changes(direct, stream({event("a ") + event("b ") + event("c"), "data: [DONE]\n\n"})) ==
        std::vector<Change>{{"merged", "3 of 3 events come at once, directly 1"}});
}

TEST_CASE("an event that lies over two reads counts where it ends") {
  const std::string whole = event("a ") + event("b");
  for (std::size_t at = 1; at < whole.size(); ++at) {
    const auto answer = read_answer(stream({whole.substr(0, at), whole.substr(at)}));
    CHECK(answer.events == 2);
    CHECK(answer.text == "a b");
  }
}

TEST_CASE("tool calls are joined from their fragments, an argument that is lost is told") {
  const auto fragment = [](const std::string& function) {
    return R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{)" + function +
           "}}]}}]}\n\n";
  };
  const auto direct =
      stream({fragment(R"("name":"f","arguments":"{\"a\"")"), fragment(R"("arguments":":1}")")});
  CHECK(read_answer(direct).tool_calls == "f({\"a\":1})");
  const auto lost = stream({fragment(R"("name":"f","arguments":"")"), fragment("")});
  const auto found = changes(direct, lost);
  REQUIRE(found.size() == 1);
  CHECK(found[0].aspect == "tool calls");
}

TEST_CASE("headers: added, dropped, and those of the framing left alone") {
  auto direct = document(kUnary);
  direct.headers.emplace_back("Date", "today");
  direct.headers.emplace_back("X-Request-Id", "1");
  auto through = document(kUnary);
  through.headers = {{"content-type", "application/json"},
                     {"server", "envoy"},
                     {"transfer-encoding", "chunked"},
                     {"X-Took", "1"}};
  CHECK(changes(direct, through) ==
        std::vector<Change>{{"headers", "added x-took; dropped x-request-id"},
                            {"server", "'mock' becomes 'envoy'"}});
}

TEST_CASE("an error of another status and shape is told, and so is one that is no JSON") {
  const auto direct =
      document(R"({"error":{"message":"no","type":"server_error","param":null,"code":null}})", 500);
  const auto shaped = changes(direct, document(R"({"detail":"no"})", 502));
  const auto aspects = [&](const std::string& name) {
    return std::ranges::count(shaped, name, &Change::aspect);
  };
  CHECK(aspects("status") == 1);
  CHECK(aspects("error.message") == 1);
  CHECK(aspects("error.type") == 1);
  CHECK(aspects("keys") == 1);
  const auto page = changes(direct, document("<html>", 500));
  CHECK(std::ranges::count(page, "body", &Change::aspect) == 1);
  CHECK(std::ranges::count(page, "keys", &Change::aspect) == 0);
}
