// Every fault as a client sees it over a socket, asked for by header.

#include <algorithm>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/mockserver/fault_cases.hpp"

namespace hopcost::mockserver {
namespace {

using namespace fault_cases;
using enum FaultKind;
using nlohmann::json;

std::vector<Case> all_cases() {
  auto cases = unary_cases();
  for (const auto& more : {stream_cases(), form_cases()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

/// A connection stands still: what it was sent until then. By the time the fault is in the stats
/// all that comes before the wait was sent.
std::string read_until_stall(const TestServer& server, Client& client, const Case& c) {
  const auto name = std::string(to_string(c.kind));
  const auto stats =
      server.stats_when([&](const json& now) { return now["faults"].contains(name); });
  CHECK(stats["requests"]["in_flight"] == 1);
  std::string bytes = client.available();
  while (c.kind == keep_alive && count_of(bytes, ": ping\n\n") < 3) {
    REQUIRE_FALSE(client.peek(1).empty());  // waits for more
    bytes += client.available();
  }
  return bytes;
}

void try_case(const Case& c) {
  INFO(c.header << (c.stream ? " (stream)" : " (unary)"));
  const auto server = quick_server();
  {
    auto client = server.connect();
    client.send(asking(c.header, c.stream));
    Reply seen;
    if (c.ends == Ends::whole) {
      seen = client.read_reply();
    } else if (c.ends == Ends::stall) {
      seen.body = read_until_stall(server, client, c);
    } else {
      auto rest = client.read_to_end();
      CHECK(rest.reset == (c.ends == Ends::reset));
      seen.body = std::move(rest.bytes);
    }
    c.check(seen);
    if (c.ends == Ends::whole) check_said(client.exchange(chat(chat_body())));
  }
  const auto stats = server.stats_when([](const json& now) {
    return now["connections"]["open"] == 1 && now["requests"]["in_flight"] == 0;
  });
  CHECK(stats["connections"]["open"] == 1);  // the one that asks
  CHECK(stats["requests"]["in_flight"] == 0);
  CHECK(stats["faults"].value(std::string(to_string(c.kind)), 0) == 1);
  CHECK(stats["disconnects"] == (c.ends == Ends::stall ? 1 : 0));
  const bool cut = c.ends == Ends::fin || c.ends == Ends::reset;
  if (cut) CHECK(stats["requests"]["errors"] == 1);
}

TEST_CASE("every fault of the table has a case here") {
  const auto cases = all_cases();
  for (const auto& info : fault_table()) {
    INFO(info.name);
    CHECK(std::ranges::find(cases, info.kind, &Case::kind) != cases.end());
  }
}

TEST_CASE("each fault of a unary reply is seen, counted, and does no harm to what follows") {
  for (const auto& c : unary_cases()) try_case(c);
}

TEST_CASE("each fault of a stream is seen, counted, and does no harm to what follows") {
  for (const auto& c : stream_cases()) try_case(c);
}

TEST_CASE("each form of a stream is seen, counted, and does no harm to what follows") {
  for (const auto& c : form_cases()) try_case(c);
}

TEST_CASE("a stall that ends leaves a whole reply behind") {
  const auto server = quick_server();
  auto client = server.connect();
  for (const auto* const name : {"header-stall", "first-token-stall", "mid-stream-stall"}) {
    for (const bool stream : {false, true}) {
      CAPTURE(name, stream);
      check_said(client.exchange(asking(fmt::format("{}; for=2ms", name), stream)));
    }
  }
}

TEST_CASE("joined events share an HTTP chunk, others have one each") {
  const auto server = quick_server();
  const auto chunks = [&](std::string_view fault) {
    auto client = server.connect();
    client.send(asking(fault, true, "Connection: close\r\n"));
    const auto raw = client.read_to_end().bytes;
    CHECK(raw.ends_with("0\r\n\r\n"));
    return count_of(raw, "\n\n\r\n");
  };
  CHECK(chunks("coalesce; events=3") == 3);  // 6 tokens, then the end
  CHECK(chunks("coalesce; events=100") == 1);
  CHECK(chunks("wrong-content-type") == kTokens + 1);
}

TEST_CASE("a request that waits behind a reply cut by FIN gets no answer, only the end") {
  const auto server = quick_server();
  auto client = server.connect();
  client.send(asking("close; after=2", true) + chat(chat_body()));
  const auto rest = client.read_to_end();
  CHECK_FALSE(rest.reset);
  CHECK(count_of(rest.bytes, "HTTP/1.1 200 OK") == 1);
  CHECK(words_in(rest.bytes) == 2);
}

}  // namespace
}  // namespace hopcost::mockserver
