// What can be said without a socket.

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "overhead/reference_proxy/buffers.hpp"
#include "overhead/reference_proxy/deadline_queue.hpp"
#include "overhead/reference_proxy/injection.hpp"
#include "overhead/reference_proxy/message_head.hpp"
#include "overhead/reference_proxy/truth.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::reference_proxy;

TEST_CASE("headers of ours set the cost they name, in any case, and nothing else") {
  Injection costs;
  CHECK(apply_override(costs, "x-hopcost-add-delay", "500us").value());
  CHECK(apply_override(costs, "X-Hopcost-Add-Chunk-Delay", "2ms").value());
  CHECK(apply_override(costs, "X-HOPCOST-BURN-CPU", "0").value());
  CHECK(apply_override(costs, "x-hopcost-buffer", "true").value());
  CHECK(costs == Injection{500 * kMicrosecond, 2 * kMillisecond, 0, true});
  CHECK_FALSE(apply_override(costs, "x-hopcost-other", "nonsense").value());
  CHECK_FALSE(apply_override(costs, "x-hopcost-", "1").value());
  CHECK_FALSE(apply_override(costs, "accept", "500us").value());
  CHECK(costs == Injection{500 * kMicrosecond, 2 * kMillisecond, 0, true});
}

TEST_CASE("a header of ours with a value that makes no sense is an error that names it") {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"x-hopcost-add-delay", "500"},     {"x-hopcost-add-delay", "-1us"},
      {"x-hopcost-add-delay", ""},        {"x-hopcost-add-chunk-delay", "soon"},
      {"x-hopcost-burn-cpu", "61s"},      {"x-hopcost-buffer", "yes"},
      {"x-hopcost-add-delay", "1us junk"}};
  for (const auto& [name, value] : bad) {
    Injection costs;
    const auto used = apply_override(costs, name, value);
    REQUIRE_FALSE(used);
    CHECK(used.error().where == name);
    CHECK(costs == Injection{});
  }
}

TEST_CASE("a worker sleeps until 200 us before a deadline, then spins until it is reached") {
  CHECK(next_step(std::nullopt, 5) == LoopStep::block);
  const Nanos due = 10 * kMillisecond;
  CHECK(next_step(due, 0) == LoopStep::sleep);
  CHECK(next_step(due, due - kSpinLead - 1) == LoopStep::sleep);
  CHECK(next_step(due, due - kSpinLead) == LoopStep::spin);
  CHECK(next_step(due, due - 1) == LoopStep::spin);
  CHECK(next_step(due, due) == LoopStep::fire);
  CHECK(next_step(due, due + 1) == LoopStep::fire);
}

namespace {

struct Noted final : Deadlined {
  Noted(std::vector<int>& list, int own) : log(list), name(own) {}
  void on_deadline() override { log.push_back(name); }
  std::vector<int>& log;
  int name;
};

}  // namespace

TEST_CASE("deadlines fire when they are due: earliest first, equal ones in order of their coming") {
  std::vector<int> log;
  DeadlineQueue queue;
  CHECK_FALSE(queue.next());
  const std::vector<Nanos> dues{30, 10, 20, 10, 30, 10};
  for (std::size_t i = 0; i < dues.size(); ++i) {
    queue.add(dues[i], std::make_shared<Noted>(log, static_cast<int>(i)));
  }
  CHECK(queue.next() == 10);
  queue.fire(9);
  CHECK(log.empty());
  queue.fire(20);
  CHECK(log == std::vector{1, 3, 5, 2});
  CHECK(queue.next() == 30);
  queue.fire(1000);
  CHECK(log == std::vector{1, 3, 5, 2, 0, 4});
  CHECK_FALSE(queue.next());
}

TEST_CASE("burning uses at least the thread CPU time asked for, and tells how much") {
  const Nanos before = thread_cpu_ns();
  const Nanos used = burn_thread_cpu(3 * kMillisecond);
  const Nanos after = thread_cpu_ns();
  CHECK(used >= 3 * kMillisecond);
  CHECK(after - before >= used);
  CHECK(burn_thread_cpu(0) == 0);
}

TEST_CASE("truth is kept by what was asked, merged over workers, and listed ascending") {
  Truth one;
  Truth two;
  one.record(Cost::add_delay, 500, 510);
  one.record(Cost::add_delay, 100, 103);
  two.record(Cost::add_delay, 500, 530);
  two.record(Cost::burn_cpu, 7, 9);
  one.merge(two);
  const auto json = one.to_json();
  REQUIRE(json["add_delay"].size() == 2);
  CHECK(json["add_delay"][0]["asked_ns"] == 100);
  CHECK(json["add_delay"][0]["count"] == 1);
  const auto& second = json["add_delay"][1];
  CHECK(second["asked_ns"] == 500);
  CHECK(second["count"] == 2);
  CHECK(second["mean_ns"].get<double>() == Catch::Approx(520));
  CHECK(second["p50_ns"].get<double>() == Catch::Approx(520));
  CHECK(second["p99_ns"].get<double>() == Catch::Approx(529.8));
  CHECK(second["max_ns"] == 530);
  CHECK(json["burn_cpu"].size() == 1);
  CHECK(json["add_chunk_delay"].empty());
  one.clear();
  CHECK(one.to_json()["add_delay"].empty());
}

TEST_CASE("a read buffer keeps bytes in order while it is filled, used and grown") {
  ReadBuffer buffer;
  std::string in;
  std::string out;
  unsigned next = 1;
  for (int round = 0; round < 400; ++round) {
    next = next * 1103515245U + 12345U;
    const auto room = buffer.prepare();
    const std::size_t n = std::min<std::size_t>(room.size(), round % 3 == 0 ? 100000 : next % 999);
    for (std::size_t i = 0; i < n; ++i) {
      room[i] = static_cast<char>('a' + (in.size() % 26));
      in += room[i];
    }
    buffer.commit(n);
    const auto used = std::min<std::size_t>(buffer.size(), next % 7919);
    out.append(buffer.view().substr(0, used));
    buffer.consume(used);
    REQUIRE(buffer.size() <= ReadBuffer::kMax);
  }
  out.append(buffer.view());
  CHECK(out == in);
}

TEST_CASE("a full read buffer offers no room") {
  ReadBuffer buffer;
  while (!buffer.prepare().empty()) buffer.commit(buffer.prepare().size());
  CHECK(buffer.size() == ReadBuffer::kMax);
  buffer.consume(1);
  CHECK(buffer.prepare().size() == 1);
}

TEST_CASE("an empty piece is not queued, and the bytes that wait are counted") {
  PieceQueue queue;
  static_cast<void>(queue.push());
  queue.added();
  CHECK(queue.empty());
  queue.push().bytes = "abc";
  queue.added();
  queue.push().bytes = "de";
  queue.added();
  CHECK(queue.bytes() == 5);
  CHECK(queue.front().bytes == "abc");
  queue.pop();
  CHECK(queue.bytes() == 2);
  CHECK(queue.push().bytes.empty());
}

TEST_CASE("fields of one connection are left out, also those that Connection names") {
  HeadFields fields;
  fields.add(http::field::unknown, "X-Secret", "1");
  fields.add(http::field::accept, "Accept", "*/*");
  fields.add(http::field::connection, "Connection", "keep-alive, x-secret");
  fields.add(http::field::connection, "connection", "X-Other");
  fields.add(http::field::keep_alive, "Keep-Alive", "timeout=5");
  fields.add(http::field::te, "TE", "trailers");
  fields.add(http::field::trailer, "Trailer", "x");
  fields.add(http::field::upgrade, "Upgrade", "websocket");
  fields.add(http::field::transfer_encoding, "Transfer-Encoding", "chunked");
  fields.add(http::field::unknown, "Proxy-Something", "x");
  fields.add(http::field::unknown, "x-OTHER", "2");
  fields.add(http::field::unknown, "X-Secrets", "kept");
  fields.add(http::field::unknown, "x-secret", "3");
  fields.finish();
  CHECK(fields.text() == "Accept: */*\r\nX-Secrets: kept\r\n");
  CHECK_FALSE(fields.unknown_coding());
}

TEST_CASE("a request split at every byte is read as the same request") {
  const std::string wire =
      "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x\r\nX-Hopcost-Add-Delay: 3us\r\n"
      "Expect: 100-continue\r\nX-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nabcd\r\n2;ext=1\r\nef\r\n0\r\nX-Trailer: dropped\r\n\r\n";
  for (std::size_t split = 0; split <= wire.size(); ++split) {
    RequestHead head;
    head.begin({});
    RequestParser<RequestHead> parser(head);
    error_code ec;
    const std::string_view all(wire);
    const auto used = parser.feed(all.substr(0, split), ec);
    REQUIRE_FALSE(ec);
    if (!parser.is_done()) {
      CHECK(used + parser.feed(all.substr(used), ec) == wire.size());
    }
    REQUIRE_FALSE(ec);
    REQUIRE(parser.is_done());
    CHECK(request_head_text(head, "h:1", true) ==
          "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: h:1\r\nX-Id: 7\r\n"
          "Content-Length: 6\r\n\r\n");
    CHECK(head.body == "abcdef");
    CHECK(head.expects_continue);
    CHECK(head.injection.add_delay == 3 * kMicrosecond);
  }
}

TEST_CASE("errors are worded as OpenAI's API words them, whatever bytes they echo") {
  const auto json = nlohmann::json::parse(error_body("no \xff way", "t", "x-y", "c"));
  CHECK(json["error"]["message"].get<std::string>().starts_with("no "));
  CHECK(json["error"]["type"] == "t");
  CHECK(json["error"]["param"] == "x-y");
  CHECK(json["error"]["code"] == "c");
  CHECK(nlohmann::json::parse(error_body("m", "t", "", "c"))["error"]["param"].is_null());
}

TEST_CASE("a status line carries the standard reason, or none where the status is unknown") {
  std::string line;
  append_status_line(line, 404);
  append_status_line(line, 799);
  CHECK(line == "HTTP/1.1 404 Not Found\r\nHTTP/1.1 799 \r\n");
}
