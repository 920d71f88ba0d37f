#include "common/stamp.hpp"
#include "mockserver/api/completions.hpp"
#include "mockserver/api/limits.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

Question read(std::string body) {
  auto question = read_completions_question(body);
  INFO((question ? std::string() : question.error().message));
  REQUIRE(question);
  return *question;
}

std::string refused(std::string body) {
  const auto question = read_completions_question(body);
  REQUIRE_FALSE(question);
  CHECK(question.error().status == 400);
  CHECK_FALSE(question.error().message.empty());
  return question.error().param;
}

std::string with(const std::string& members) {
  return R"({"model": "m", "prompt": "p", )" + members + "}";
}

}  // namespace

TEST_CASE("a completion's prompt is a text, texts, token ids or lists of them") {
  using Prompts = std::vector<std::string>;
  const auto one = read(R"({"model": "m", "prompt": "one two three"})");
  CHECK(one.dialect == Dialect::completions);
  CHECK(one.model == "m");
  CHECK(one.prompts == Prompts{"one two three"});
  CHECK(one.prompt_tokens == 3);
  CHECK(one.last_user_text == "one two three");
  const auto texts = read(R"({"model": "m", "prompt": ["a b", "c"]})");
  CHECK(texts.prompts == Prompts{"a b", "c"});
  CHECK(texts.prompt_tokens == 3);
  const auto ids = read(R"({"model": "m", "prompt": [0, 1, 65]})");
  CHECK(ids.prompts == Prompts{" river stone stone"});
  CHECK(ids.prompt_tokens == 3);
  const auto lists = read(R"({"model": "m", "prompt": [[0], [1, 2]]})");
  CHECK(lists.prompts == Prompts{" river", " stone light"});
  CHECK(lists.prompt_tokens == 3);
  CHECK(read(R"({"model": "m"})").prompts == Prompts{""});
  CHECK(read(R"({"model": "m", "prompt": null})").prompts == Prompts{""});
}

TEST_CASE("a completion's settings are read") {
  const auto question = read(with(R"("echo": true, "n": 2, "best_of": 3, "max_tokens": 7,
    "logprobs": 5, "stop": ["a", "b"], "seed": -4, "suffix": "z", "stream": true,
    "stream_options": {"include_usage": true}, "ignore_eos": true, "temperature": 2, "top_p": 0.5,
    "presence_penalty": -2, "frequency_penalty": 2, "user": "u")"));
  CHECK(question.echo_prompt);
  CHECK(question.choices == 2);
  CHECK(question.max_tokens == 7U);
  CHECK(question.top_logprobs == 5U);
  CHECK(question.stop == std::vector<std::string>{"a", "b"});
  CHECK(question.seed == -4);
  CHECK(question.stream);
  CHECK(question.include_usage);
  CHECK(question.ignore_eos);
  const auto plain = read(with(R"("stop": "x")"));
  CHECK_FALSE(plain.max_tokens);
  CHECK_FALSE(plain.top_logprobs);
  CHECK_FALSE(plain.seed);
  CHECK_FALSE(plain.stream);
  CHECK(plain.choices == 1);
  CHECK(plain.stop == std::vector<std::string>{"x"});
}

TEST_CASE("no tokens at all may be asked for only where the prompt is repeated") {
  CHECK(read(with(R"("echo": true, "max_tokens": 0)")).max_tokens == 0U);
  CHECK(refused(with(R"("max_tokens": 0)")) == "max_tokens");
}

TEST_CASE("the stamp of a completion's prompt is found behind other words, too") {
  std::string stamp(RequestStamp::kSize, '0');
  write_stamp(stamp.data(), RequestStamp{42, 7});
  CHECK(read(R"({"model": "m", "prompt": ")" + stamp + R"( hello"})").stamp_id == 42U);
  CHECK(read(R"({"model": "m", "prompt": ["Be kind. )" + stamp + R"("]})").stamp_id == 42U);
  CHECK_FALSE(read(R"({"model": "m", "prompt": "~q:"})").stamp_id);
}

TEST_CASE("a refused completion names the parameter") {
  CHECK(refused("[]").empty());
  CHECK(refused("{").empty());
  CHECK(refused(R"({"prompt": "p"})") == "model");
  CHECK(refused(R"({"model": 1, "prompt": "p"})") == "model");
  CHECK(refused(R"({"model": "m", "prompt": {}})") == "prompt");
  CHECK(refused(R"({"model": "m", "prompt": []})") == "prompt");
  CHECK(refused(R"({"model": "m", "prompt": ["a", 1]})") == "prompt[1]");
  CHECK(refused(R"({"model": "m", "prompt": [1, "a"]})") == "prompt[1]");
  CHECK(refused(R"({"model": "m", "prompt": [-1]})") == "prompt[0]");
  CHECK(refused(R"({"model": "m", "prompt": [[]]})") == "prompt[0]");
  CHECK(refused(R"({"model": "m", "prompt": [[1.5]]})") == "prompt[0][0]");
  CHECK(refused(with(R"("n": 0)")) == "n");
  CHECK(refused(with(R"("n": 129)")) == "n");
  CHECK(refused(with(R"("n": 3, "best_of": 2)")) == "best_of");
  CHECK(refused(with(R"("max_tokens": 1000001)")) == "max_tokens");
  CHECK(refused(with(R"("logprobs": 6)")) == "logprobs");
  CHECK(refused(with(R"("logprobs": true)")) == "logprobs");
  CHECK(refused(with(R"("stop": [""])")) == "stop[0]");
  CHECK(refused(with(R"("seed": "1")")) == "seed");
  CHECK(refused(with(R"("temperature": 2.5)")) == "temperature");
  CHECK(refused(with(R"("stream": 1)")) == "stream");
  CHECK(refused(with(R"("suffix": 1)")) == "suffix");
  CHECK(refused(with(R"("stream_options": {"include_usage": 0})")) ==
        "stream_options.include_usage");
}

TEST_CASE("a completion of too many prompts or repeated log probabilities is refused") {
  std::string prompts = R"({"model": "m", "prompt": ["a")";
  for (std::uint32_t i = 0; i < kMaxInputs; ++i) prompts += R"(,"a")";
  CHECK(refused(prompts + "]}") == "prompt");
  std::string words;
  for (int i = 0; i < 2'000; ++i) words += "w ";
  const auto body = [&](const char* members) {
    return R"({"model": "m", "max_tokens": 1, "echo": true, "prompt": ")" + words + "\"" + members +
           "}";
  };
  CHECK(refused(body(R"(, "n": 128, "logprobs": 5)")) == "echo");
  CHECK(read(body(R"(, "n": 128)")).choices == 128);
}
