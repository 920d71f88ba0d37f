#include "loadgen/workload/workload.hpp"

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using nlohmann::json;

namespace {

Options sample() {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  return options;
}

json body(const Workload& workload, const Asked& asked, std::string_view earlier = {}) {
  std::string bytes;
  workload.render(asked, 0, earlier, bytes);
  const auto end = bytes.find("\r\n\r\n");
  const auto length = bytes.size() - end - 4;
  CHECK(bytes.find("Content-Length: " + std::to_string(length) + "\r\n") != std::string::npos);
  return json::parse(bytes.substr(end + 4));
}

std::uint64_t tokens(const json& text) {
  return count_tokens(text.get<std::string>());
}

std::shared_ptr<const std::vector<DatasetEntry>> entries(const char* text, const char* name) {
  return std::make_shared<const std::vector<DatasetEntry>>(*parse_dataset(text, name));
}

}  // namespace

TEST_CASE("no prompt comes twice, unless that is asked for") {
  auto options = sample();
  std::set<std::string> seen;
  const Workload workload(options, nullptr);
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const auto content = body(workload, workload.ask(i))["messages"][0]["content"];
    CHECK(tokens(content) == 32);
    // They differ within a few words, which is what a prefix cache looks at.
    seen.insert(content.get<std::string>().substr(0, 40));
  }
  CHECK(seen.size() > 990);
  options.same_prompts = true;
  const Workload same(options, nullptr);
  CHECK(same.ask(1) == same.ask(2));
}

TEST_CASE("every interface gets the request that it takes") {
  auto options = sample();
  options.stream = true;
  options.ignore_eos = true;
  options.extra_body = R"({"temperature": 0})";
  const Asked asked{.prompt = 5, .output = 9};

  options.api = Api::completions;
  auto sent = body(Workload(options, nullptr), asked);
  CHECK(tokens(sent["prompt"]) == 5);
  CHECK(sent["max_tokens"] == 9);
  CHECK(sent["stream_options"]["include_usage"] == true);
  CHECK(sent["temperature"] == 0);

  options.api = Api::responses;
  sent = body(Workload(options, nullptr), asked);
  CHECK(tokens(sent["input"][0]["content"]) == 5);
  CHECK(sent["input"][0]["role"] == "user");
  CHECK(sent["max_output_tokens"] == 9);
  CHECK(sent["stream"] == true);
  CHECK_FALSE(sent.contains("stream_options"));

  options.api = Api::embeddings;
  options.stream = false;
  options.ignore_eos = false;
  options.extra_body.clear();
  sent = body(Workload(options, nullptr), asked);
  CHECK(tokens(sent["input"]) == 5);
  CHECK(sent.size() == 2);

  std::string bytes;
  Workload(options, nullptr).render(asked, 0, {}, bytes);
  CHECK(bytes.starts_with("POST /v1/embeddings HTTP/1.1\r\n"));
}

TEST_CASE("classes and models come as often as their weights say") {
  auto options = sample();
  options.classes = {*parse_class("short=40:prompt=10,output=1", {}),
                     *parse_class("medium=40:prompt=100", {}),
                     *parse_class("long=20:prompt=1000", {})};
  options.models = {{"a", 3}, {"b", 1}};
  const Workload workload(options, nullptr);
  std::map<int, int> kinds;
  std::map<int, int> models;
  constexpr int kRequests = 20'000;
  for (int i = 0; i < kRequests; ++i) {
    const auto asked = workload.ask(static_cast<std::uint64_t>(i));
    ++kinds[asked.kind];
    ++models[asked.model];
    const std::uint32_t lengths[] = {10, 100, 1000};
    CHECK(asked.prompt == lengths[asked.kind]);
    CHECK(asked.output == (asked.kind == 0 ? 1 : 64));
  }
  // Five standard deviations of a binomial count.
  CHECK(std::abs(kinds[0] - 8'000) < 350);
  CHECK(std::abs(kinds[1] - 8'000) < 350);
  CHECK(std::abs(kinds[2] - 4'000) < 290);
  CHECK(std::abs(models[0] - 15'000) < 310);
  Asked second = workload.ask(0);
  second.model = 1;
  CHECK(body(workload, second)["model"] == "b");
}

TEST_CASE("prompts of a group share their beginning, stamped or not, and nothing else") {
  auto options = sample();
  options.prefix = *parse_shared_prefix("groups=3,system=50,question=10");
  for (const bool stamps : {false, true}) {
    options.stamps = stamps;
    const Workload workload(options, nullptr);
    std::map<std::uint32_t, std::string> beginnings;
    std::set<std::string> questions;
    for (std::uint64_t i = 0; i < 30; ++i) {
      const auto asked = workload.ask(i);
      CHECK(asked.group == i % 3);
      CHECK(asked.prompt == 60);
      const auto messages = body(workload, asked)["messages"];
      REQUIRE(messages.size() == 2);
      CHECK(messages[0]["role"] == "system");
      CHECK(tokens(messages[0]["content"]) == 50);
      CHECK(tokens(messages[1]["content"]) == 10);
      const auto system = messages[0]["content"].get<std::string>();
      CHECK(beginnings.try_emplace(asked.group, system).first->second == system);
      const auto question = messages[1]["content"].get<std::string>();
      CHECK(read_request_stamp(question).has_value() == stamps);
      questions.insert(question.substr(stamps ? RequestStamp::kSize : 0));
    }
    CHECK(beginnings.size() == 3);
    CHECK(std::set<std::string>{beginnings[0], beginnings[1], beginnings[2]}.size() == 3);
    CHECK(questions.size() == 30);
  }
}

TEST_CASE("a group's prompts come again where it has so many") {
  auto options = sample();
  options.prefix = *parse_shared_prefix("groups=2,prompts=3,system=50,question=10");
  const Workload workload(options, nullptr);
  for (std::uint64_t i = 0; i < 12; ++i) CHECK(workload.ask(i) == workload.ask(i + 6));
  CHECK(workload.ask(0) != workload.ask(2));
}

TEST_CASE("a completion's stamp stands behind the shared beginning") {
  auto options = sample();
  options.api = Api::completions;
  options.stamps = true;
  options.prefix = *parse_shared_prefix("system=50,question=10");
  const Workload workload(options, nullptr);
  const auto prompt = body(workload, workload.ask(0))["prompt"].get<std::string>();
  CHECK(count_tokens(prompt) == 60);
  CHECK(count_tokens(prompt.substr(0, prompt.find("~q:"))) == 50);
}

TEST_CASE("a dataset's requests come in turn, with their own text and limit") {
  auto options = sample();
  options.dataset = "d.jsonl";
  const Workload workload(
      options, entries("{\"messages\":[{\"role\":\"system\",\"content\":\"say \\\"no\\\"\"},"
                       "{\"role\":\"user\",\"content\":\"line\\nbreak\"}],\"max_tokens\":5}\n"
                       "{\"prompt\":\"two words\"}\n{\"input_length\": 40, \"output_length\": 8}\n",
                       "d.jsonl"));
  auto sent = body(workload, workload.ask(3));
  CHECK(sent["messages"][0]["content"] == "say \"no\"");
  CHECK(sent["messages"][1]["content"] == "line\nbreak");
  CHECK(sent["max_tokens"] == 5);
  sent = body(workload, workload.ask(1));
  CHECK(sent["messages"][0]["content"] == "two words");
  CHECK(sent["max_tokens"] == 64);
  sent = body(workload, workload.ask(2));
  CHECK(tokens(sent["messages"][0]["content"]) == 40);
  CHECK(sent["max_tokens"] == 8);
}

TEST_CASE("a conversation's turn repeats what was said, as it was said") {
  auto options = sample();
  options.stamps = true;
  const Workload workload(options, nullptr);
  const auto first = workload.ask(0);
  std::string bytes;
  const auto at = workload.render(first, 0, {}, bytes);
  write_stamp(bytes.data() + at, RequestStamp{7, 99});
  const auto said = json::parse(bytes.substr(bytes.find("\r\n\r\n") + 4))["messages"][0];
  const auto earlier =
      workload.question_message(first, 7, 99) + R"({"role":"assistant","content":"yes"},)";
  const auto messages = body(workload, workload.ask(1), earlier)["messages"];
  REQUIRE(messages.size() == 3);
  CHECK(messages[0] == said);
  CHECK(messages[1]["content"] == "yes");
  CHECK(messages[2]["role"] == "user");
}

TEST_CASE("a calibrated prompt has as many words as make the tokens asked for") {
  auto workload = Workload(sample(), nullptr);
  workload.calibrate(10, 1.5);
  const Asked asked{.prompt = 310, .output = 1};
  CHECK(tokens(body(workload, asked)["messages"][0]["content"]) == 200);
  CHECK(tokens(body(workload, Asked{.prompt = 1, .output = 1})["messages"][0]["content"]) == 1);
}
