#include "loadgen/exchange/reply_reader.hpp"

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

constexpr std::uint32_t kId = 42;

std::string event(const std::string& delta, const char* reason = "null") {
  return fmt::format(
      "data: {{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{},\"finish_reason\":{}}}]}}\n\n",
      delta, reason);
}

std::string stamped_content(std::uint32_t index, Nanos sent) {
  std::string stamp;
  if (index == 0) {
    stamp.resize(ReplyStamp::kSize);
    write_stamp(stamp.data(), ReplyStamp{kId, 10, sent});
  } else {
    stamp.resize(ChunkStamp::kSize);
    write_stamp(stamp.data(), ChunkStamp{index, sent});
  }
  return stamp + std::string(token_text(index));
}

std::string content_event(std::uint32_t index, Nanos sent = 20) {
  return event(fmt::format("{{\"content\":\"{}\"}}", stamped_content(index, sent)));
}

std::string usage_event(int tokens) {
  return fmt::format(
      "data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":5,\"completion_tokens\":{}}}}}\n\n",
      tokens);
}

const std::string kRole = event(R"({"role":"assistant","content":""})");
const std::string kFinish = event("{}", "\"length\"");
const std::string kDone = "data: [DONE]\n\n";

/// Reads one stream, a piece a read; the k-th read happens at 100 * (k + 1) ns.
struct Reading {
  explicit Reading(const std::vector<std::string>& pieces) : reader(json) {
    reader.begin(true, kId, &metrics);
    Nanos now = 0;
    for (const auto& piece : pieces) {
      now += 100;
      reader.take(piece, now);
      events.push_back(reader.take_event_count());
    }
    reader.finish(now + 50);
  }
  ReplyJson json;
  ReplyReader reader;
  MetricSet metrics;
  std::vector<std::uint64_t> events;
  const ReplyFacts& facts() { return reader.facts(); }
};

std::string whole_stream() {
  return kRole + content_event(0) + content_event(1) + content_event(2) + kFinish + usage_event(3) +
         kDone;
}

}  // namespace

TEST_CASE("a stamped stream is read chunk by chunk") {
  Reading r({kRole + content_event(0, 30), content_event(1, 170), content_event(2, 260), kFinish,
             usage_event(3), kDone});
  INFO(r.facts().message);
  REQUIRE(r.facts().failure == Failure::none);
  CHECK(r.facts().first_choices == 100);
  CHECK(r.facts().first_content == 100);
  CHECK(r.facts().last_content == 300);
  CHECK(r.facts().done == 600);
  CHECK(r.facts().chunks == 3);
  CHECK(r.facts().finished);
  CHECK(r.facts().completion_tokens == 3);
  CHECK(r.events == std::vector<std::uint64_t>{1, 1, 1, 0, 0, 0});
  REQUIRE(r.metrics[Metric::chunk_gap].count() == 2);
  CHECK(r.metrics[Metric::chunk_gap].min() == 100);
  REQUIRE(r.metrics[Metric::chunk_transit].count() == 3);
  CHECK(r.metrics[Metric::chunk_transit].min() == 30);  // read at 200, sent at 170
  CHECK(r.metrics[Metric::chunk_transit].max() == 70);
  const auto& places = r.metrics.transit_by_position.classes();
  CHECK(places[0].count + places[1].count + places[2].count == 3);
  CHECK(places[0].count == 1);
}

TEST_CASE("a stream split at any byte gives the same facts") {
  const std::string all = whole_stream();
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Reading r({all.substr(0, cut), all.substr(cut)});
    INFO("cut at " << cut << ": " << r.facts().message);
    REQUIRE(r.facts().failure == Failure::none);
    REQUIRE(r.facts().chunks == 3);
    REQUIRE(r.facts().finished);
    REQUIRE(r.facts().done != 0);
  }
}

TEST_CASE("a missing [DONE] is noted but is no failure") {
  Reading r({kRole + content_event(0) + content_event(1) + kFinish});
  CHECK(r.facts().failure == Failure::none);
  CHECK(r.facts().done == 0);
}

TEST_CASE("chunks that a gateway merged into one event are told apart") {
  Reading r({kRole +
             event(fmt::format("{{\"content\":\"{}{}\"}}", stamped_content(0, 5),
                               stamped_content(1, 6))) +
             content_event(2) + kFinish + usage_event(3) + kDone});
  CHECK(r.facts().failure == Failure::none);
  CHECK(r.facts().chunks == 3);
  CHECK(r.facts().merged == 1);
  CHECK(r.events.front() == 2);  // two events held content
}

TEST_CASE("a broken stream is told from a complete one") {
  const auto failure_of = [](const std::string& stream) {
    return Reading({stream}).facts().failure;
  };
  const std::string end = kFinish + usage_event(3) + kDone;
  CHECK(failure_of(kRole + content_event(0) + content_event(2) + end) == Failure::broken_stream);
  CHECK(failure_of(kRole + content_event(0) + content_event(1) + content_event(1) + end) ==
        Failure::broken_stream);
  CHECK(failure_of(kRole + content_event(0) + content_event(1) + end) ==
        Failure::broken_stream);  // usage says three
  std::string altered = content_event(1);
  altered.replace(altered.find(token_text(1)), 3, " xy");
  CHECK(failure_of(kRole + content_event(0) + altered + content_event(2) + end) ==
        Failure::broken_stream);
}

TEST_CASE("what follows a broken chunk is not looked at") {
  std::string altered = content_event(0);
  altered.replace(altered.find(token_text(0)), 3, " xy");
  Reading r({kRole + altered, event(R"({"content":"~"})") + content_event(1), kFinish + kDone});
  CHECK(r.facts().failure == Failure::broken_stream);
  CHECK(r.facts().chunks == 0);
}

TEST_CASE("the answer to another request is a broken stream") {
  ReplyJson json;
  ReplyReader reader(json);
  reader.begin(true, kId + 1, nullptr);
  reader.take(whole_stream(), 1);
  reader.finish(2);
  CHECK(reader.facts().failure == Failure::broken_stream);
}

TEST_CASE("a stream that just stops is truncated") {
  CHECK(Reading({kRole + content_event(0)}).facts().failure == Failure::truncated);
  CHECK(Reading({kRole + content_event(0) + kFinish + "data: {\"ch"}).facts().failure ==
        Failure::truncated);
}

TEST_CASE("an error object in the stream and rubbish are different failures") {
  Reading error({kRole + content_event(0) +
                 "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\"}}\n\n"});
  CHECK(error.facts().failure == Failure::api_error);
  CHECK(error.facts().message == "boom");
  CHECK(Reading({kRole + "data: {\"hello\":1}\n\n"}).facts().failure == Failure::invalid_reply);
  CHECK(Reading({""}).facts().failure == Failure::invalid_reply);
}

TEST_CASE("a stream without stamps is measured all the same") {
  Reading r(
      {kRole, event(R"({"content":"Hello"})"), event(R"({"content":" there"})"), kFinish + kDone});
  CHECK(r.facts().failure == Failure::none);
  CHECK(r.facts().chunks == 2);
  CHECK_FALSE(r.facts().stamp);
  CHECK(r.metrics[Metric::chunk_transit].count() == 0);
  CHECK(r.metrics[Metric::chunk_gap].count() == 1);
}

TEST_CASE("a unary reply's stamp and text are checked") {
  const auto reply = [](const std::string& content) {
    return fmt::format(
        R"({{"choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":5,"completion_tokens":2}}}})",
        content);
  };
  const std::string good = stamped_content(0, 20) + std::string(token_text(1));
  const auto read = [](const std::string& body) {
    ReplyJson json;
    ReplyReader reader(json);
    reader.begin(false, kId, nullptr);
    reader.take(body.substr(0, body.size() / 2), 1);
    reader.take(body.substr(body.size() / 2), 2);
    reader.finish(3);
    return reader.facts();
  };
  const auto facts = read(reply(good));
  CHECK(facts.failure == Failure::none);
  REQUIRE(facts.stamp);
  CHECK(facts.stamp->sent_ns == 20);
  CHECK(facts.completion_tokens == 2);
  CHECK(read(reply(good + " oops")).failure == Failure::broken_stream);
  CHECK(read("not json").failure == Failure::invalid_reply);
  CHECK(read(R"({"error":{"message":"no"}})").failure == Failure::api_error);
}

TEST_CASE("a reply's model is that of its first object, where it can be compared with a name") {
  const auto model_of = [](const std::string& model) {
    ReplyJson json;
    ReplyReader reader(json);
    reader.begin(false, kId, nullptr);
    reader.take(R"({"model":)" + model +
                    R"(,"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})",
                100);
    reader.finish(200);
    CHECK(reader.facts().failure == Failure::none);
    return reader.facts().model;
  };
  CHECK(model_of(R"("google/gemma-2b-it")") == "google/gemma-2b-it");
  CHECK(model_of(R"("a\u0062")").empty());
  CHECK(model_of("null").empty());
  CHECK(model_of("7").empty());
  CHECK(model_of(R"("")").empty());
}
