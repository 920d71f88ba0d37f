#include "loadgen/workload/dataset.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

std::vector<DatasetEntry> read(const std::string& text, const std::string& name) {
  const auto entries = parse_dataset(text, name);
  INFO((entries ? "" : entries.error().to_string()));
  REQUIRE(entries);
  return *entries;
}

std::string refusal(const std::string& text, const std::string& name) {
  const auto entries = parse_dataset(text, name);
  return entries ? "accepted" : entries.error().to_string();
}

}  // namespace

TEST_CASE("JSON lines in OpenAI's form: messages or a prompt, and a limit") {
  const auto entries = read(
      "{\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
      "{\"role\":\"user\",\"content\":\"why is it so\"},"
      "{\"role\":\"assistant\",\"content\":\"because\"}],\"max_tokens\":7}\n"
      "\n"
      "{\"prompt\":\"one two\",\"max_completion_tokens\":3}\r\n",
      "data.jsonl");
  REQUIRE(entries.size() == 2);
  REQUIRE(entries[0].messages.size() == 2);  // the answer is what is asked for
  CHECK(entries[0].messages[1].content == "why is it so");
  CHECK(entries[0].prompt == 6);
  CHECK(entries[0].output == 7);
  CHECK(entries[1].messages[0].role == "user");
  CHECK(entries[1].prompt == 2);
  CHECK(entries[1].output == 3);
  CHECK_FALSE(entries[1].at);
}

TEST_CASE("ShareGPT: the first question, and its answer's length") {
  const auto entries = read(R"([
    {"conversations": [{"from": "human", "value": "a b c"}, {"from": "gpt", "value": "d e"}]},
    {"conversations": [{"from": "human", "value": "no answer"}]},
    {"conversations": [{"from": "system", "value": "x"}, {"from": "user", "value": "q"},
                       {"from": "gpt", "value": "r s t"}, {"from": "human", "value": "more"}]}])",
                            "sharegpt.json");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].prompt == 3);
  CHECK(entries[0].output == 2);
  CHECK(entries[1].messages[0].content == "q");
  CHECK(entries[1].output == 3);
}

TEST_CASE("lengths and traces as CSV, in the names that public traces have") {
  const auto lengths = read("prompt_tokens,output_tokens\n100,20\r\n\n7,1\n", "lengths.csv");
  REQUIRE(lengths.size() == 2);
  CHECK(lengths[0].prompt == 100);
  CHECK(lengths[1].output == 1);
  CHECK(lengths[0].messages.empty());

  const auto azure = read(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n"
      "2023-11-16 18:17:03.5,374,44\n2023-11-16 18:17:02.25,10,5\n2023-11-17 00:00:00,3,4\n",
      "azure.csv");
  REQUIRE(azure.size() == 3);
  CHECK(azure[0].prompt == 10);  // in the order of time, from the first
  CHECK(*azure[0].at == 0);
  CHECK(*azure[1].at == 1'250 * kMillisecond);
  CHECK(*azure[2].at == (5 * 3'600 + 42 * 60 + 58) * kSecond - 250 * kMillisecond);

  const auto burst = read("timestamp,input_length,output_length\n5,1,2\n6.5,3,4\n", "b.csv");
  CHECK(*burst[1].at == 1'500 * kMillisecond);
}

TEST_CASE("Mooncake's traces are JSON lines with milliseconds") {
  const auto entries = read(
      "{\"timestamp\": 27482, \"input_length\": 6955, \"output_length\": 52, \"hash_ids\": [1]}\n"
      "{\"timestamp\": 30535, \"input_length\": 6472, \"output_length\": 26}\n",
      "mooncake.jsonl");
  REQUIRE(entries.size() == 2);
  CHECK(entries[1].prompt == 6472);
  CHECK(*entries[1].at == 3'053 * kMillisecond);
}

TEST_CASE("what is wrong with a dataset is said with file, line and field") {
  CHECK(refusal("{\"prompt\":\"a\"}\nnope\n", "d.jsonl") == "d.jsonl:2: not JSON");
  CHECK(refusal("[]\n", "d.jsonl") == "d.jsonl:1: not a JSON object");
  CHECK(refusal("[1e999]", "d.json") == "d.json: a number in it is too large");
  CHECK(refusal("1e999\n", "d.jsonl") == "d.jsonl:1: not JSON");
  CHECK(refusal("{}", "d.jsonl") == "d.jsonl:1: has neither messages nor prompt nor input_length");
  CHECK(refusal("{\"prompt\":5}", "d.jsonl") == "d.jsonl:1: prompt: not a text");
  CHECK(refusal("{\"messages\":[]}", "d.jsonl") ==
        "d.jsonl:1: messages: not a list with a message");
  CHECK(refusal("{\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]}", "d.jsonl") ==
        "d.jsonl:1: messages: none of them is the user's");
  CHECK(refusal("{\"prompt\":\"a\",\"max_tokens\":-1}", "d.jsonl")
            .starts_with("d.jsonl:1: max_tokens"));
  CHECK(refusal("[\n{\n]", "s.json").starts_with("s.json:3: not JSON"));
  CHECK(refusal("{}", "s.json") == "s.json:1: not a list of conversations, as ShareGPT has it");
  CHECK(refusal("[{\"conversations\":5}]", "s.json") ==
        "s.json: entry 0: conversations: not a list");
  CHECK(refusal("a,b\n1,2\n", "l.csv").starts_with("l.csv:1: the header"));
  CHECK(
      refusal("prompt_tokens,output_tokens\n1,x\n", "l.csv").starts_with("l.csv:2: output_tokens"));
  CHECK(refusal("prompt_tokens,output_tokens\n1\n", "l.csv") == "l.csv:2: output_tokens: missing");
  CHECK(
      refusal("prompt_tokens,output_tokens\n0,1\n", "l.csv").starts_with("l.csv:2: prompt_tokens"));
  CHECK(refusal("timestamp,prompt_tokens,output_tokens\nnoon,1,1\n", "l.csv")
            .starts_with("l.csv:2: timestamp: 'noon'"));
  CHECK(refusal("timestamp,prompt_tokens,output_tokens\n2023-13-01 00:00:00,1,1\n", "l.csv")
            .starts_with("l.csv:2: timestamp"));
  CHECK(refusal("", "d.jsonl") == "d.jsonl: holds no request");
  CHECK(refusal("x", "d.txt").starts_with("d.txt: a dataset ends in"));
  CHECK(read_dataset("/nowhere/d.jsonl").error().to_string() == "/nowhere/d.jsonl: cannot be read");
}

TEST_CASE("no cut of a dataset is more than refused") {
  const std::string lines =
      "{\"messages\":[{\"role\":\"user\",\"content\":\"why \\u00e9\"}],\"max_tokens\":7}\n"
      "{\"timestamp\": 5, \"input_length\": 3}\n";
  const std::string list =
      R"([{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "d"}]}])";
  const std::string table =
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.5,374,44\n";
  for (const auto& [text, name] :
       {std::pair{lines, "d.jsonl"}, std::pair{list, "d.json"}, std::pair{table, "d.csv"}}) {
    CHECK(parse_dataset(text, name));
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      const auto entries = parse_dataset(text.substr(0, cut), name);
      if (!entries) CHECK(entries.error().to_string().starts_with(name));
    }
  }
}
