#include "mockserver/api/answer.hpp"

#include <set>

#include "common/tokens.hpp"
#include "mockserver/api/compose.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/logprobs.hpp"
#include "mockserver/api/read_common.hpp"
#include "tests/catch.hpp"
#include "tests/mockserver/api/schema_check.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

Question asked() {
  Question question;
  question.model = "m";
  question.prompts = {"one two"};
  question.prompt_tokens = 2;
  question.last_user_text = "one two";
  return question;
}

Question with_tools(int count) {
  Question question = asked();
  const auto parameters = ordered_json::parse(
      R"({"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}})");
  for (int i = 0; i < count; ++i)
    question.tools.push_back({"tool" + std::to_string(i), parameters});
  return question;
}

AnswerStyle style_of(std::uint32_t tokens, AnswerStyle::Mode mode = AnswerStyle::Mode::words) {
  AnswerStyle style;
  style.output_tokens = tokens;
  style.mode = mode;
  return style;
}

std::string words(std::uint64_t first, std::uint64_t count) {
  std::string text;
  append_tokens(text, first, count);
  return text;
}

Choice only(const Question& question, const AnswerStyle& style) {
  auto answer = compose(question, style);
  REQUIRE(answer.choices.size() == 1);
  return answer.choices.front();
}

TEST_CASE("a text is cut into tokens where the token rule begins one, and nothing is lost") {
  const std::string text = "\t one  two\nthree ";
  const auto tokens = TokenText::literal(text);
  REQUIRE(tokens.size() == count_tokens(text));
  CHECK(tokens[0] == "\t one");
  CHECK(tokens[1] == "  two");
  CHECK(tokens[2] == "\nthree ");
  CHECK(tokens.str() == text);
  const auto cut = TokenText::literal(text, 2);
  CHECK(cut.str() == "\t one  two");
  CHECK(TokenText::literal(text, 0).empty());
  CHECK(TokenText::literal(" \n ").empty());
  CHECK(TokenText::literal(" \n ").str().empty());
  std::string middle;
  tokens.append(middle, 1, 2);
  CHECK(middle == "  two");
}

TEST_CASE("words of the list are a text of any length, from any place") {
  const auto text = TokenText::words(62, 4);
  CHECK(text.str() == words(62, 4));
  CHECK(text[3] == token_text(65));
  CHECK(TokenText::words(0, kMaxTokens).size() == kMaxTokens);
}

TEST_CASE("an answer is as long as the model's answers are, or as max_tokens allows") {
  Question question = asked();
  auto choice = only(question, style_of(10));
  CHECK(choice.content.str() == words(0, 10));
  CHECK(choice.finish == Finish::stop);
  question.max_tokens = 10;
  CHECK(only(question, style_of(10)).finish == Finish::stop);
  question.max_tokens = 4;
  choice = only(question, style_of(10));
  CHECK(choice.content.str() == words(0, 4));
  CHECK(choice.finish == Finish::length);
  question.max_tokens = 30;
  CHECK(only(question, style_of(10)).content.size() == 10);
  question.ignore_eos = true;
  choice = only(question, style_of(10));
  CHECK(choice.content.str() == words(0, 30));
  CHECK(choice.finish == Finish::length);
}

TEST_CASE("counts are those of what is said, over all choices") {
  Question question = asked();
  question.choices = 3;
  question.reasoning = true;
  auto style = style_of(10);
  style.reasoning_tokens = 4;
  const auto answer = compose(question, style);
  CHECK(answer.prompt_tokens == 2);
  CHECK(answer.completion_tokens == 42);
  CHECK(answer.reasoning_tokens == 12);
  CHECK(answer.steps() == 14);
}

TEST_CASE("all of 128 choices differ, the first being the list from its beginning") {
  Question question = asked();
  question.choices = kMaxChoices;
  for (const std::uint32_t length : {2U, 5U, 64U, 65U}) {
    const auto answer = compose(question, style_of(length));
    std::set<std::string> texts;
    for (const auto& choice : answer.choices) {
      texts.insert(choice.content.str());
      CHECK(choice.content.size() == length);
      CHECK(count_tokens(choice.content.str()) == length);
    }
    CHECK(texts.size() == kMaxChoices);
    CHECK(answer.choices.front().content.str() == words(0, length));
  }
}

TEST_CASE("a seed, model and prompt decide where the text begins, and a stamp does not") {
  Question question = asked();
  question.seed = 7;
  const auto text = only(question, style_of(8)).content.str();
  CHECK(only(question, style_of(8)).content.str() == text);
  question.stamp_id = 5;
  CHECK(only(question, style_of(8)).content.str() == text);
  std::set<std::string> texts;
  for (int seed = 0; seed < 40; ++seed) {
    question.seed = seed;
    texts.insert(only(question, style_of(8)).content.str());
  }
  CHECK(texts.size() > 20);
  texts.clear();
  question.seed.reset();
  for (int i = 0; i < 40; ++i) {
    question.prompts = {"prompt " + std::to_string(i)};
    CHECK(only(question, style_of(8)).content.str() == words(0, 8));
    texts.insert(only(question, style_of(8, AnswerStyle::Mode::random)).content.str());
  }
  CHECK(texts.size() > 20);
}

TEST_CASE("the echo mode repeats the last user's text, cut at the limit") {
  Question question = asked();
  question.last_user_text = "say \"this\"\nagain";
  auto choice = only(question, style_of(1, AnswerStyle::Mode::echo));
  CHECK(choice.content.str() == question.last_user_text);
  CHECK(choice.finish == Finish::stop);
  question.max_tokens = 2;
  choice = only(question, style_of(1, AnswerStyle::Mode::echo));
  CHECK(choice.content.str() == "say \"this\"");
  CHECK(choice.finish == Finish::length);
  question.max_tokens = 9;
  question.ignore_eos = true;
  choice = only(question, style_of(1, AnswerStyle::Mode::echo));
  CHECK(choice.content.size() == 9);
  CHECK(choice.finish == Finish::length);
}

TEST_CASE("the text ends before the first stop sequence in it") {
  Question question = asked();
  question.stop = {"nowhere", "et gr", "quiet"};
  const auto choice = only(question, style_of(10));
  CHECK(choice.content.str() == " river stone light under ");
  CHECK(choice.content.size() == 4);
  CHECK(choice.finish == Finish::stop);
  CHECK(choice.stop_sequence == "quiet");
  question.max_tokens = 4;  // ends before it
  CHECK(only(question, style_of(10)).finish == Finish::length);
  CHECK(only(question, style_of(10)).stop_sequence.empty());
  question.max_tokens.reset();
  question.stop = {" river"};
  CHECK(only(question, style_of(10)).content.empty());
}

TEST_CASE(
    "a stop sequence over the end of the word list is found, and one beyond the text is not") {
  Question question = asked();
  question.stop = {words(60, 10)};
  CHECK(only(question, style_of(500)).content.str() == words(0, 60));
  CHECK(only(question, style_of(69)).content.size() == 69);
  question.stop = {words(63, 300)};
  CHECK(only(question, style_of(400)).content.str() == words(0, 63));
}

TEST_CASE("the first of several stop sequences is found as a plain search finds it") {
  const std::vector<std::string> texts{"aabaabaaab", "", "abababac", "xyz", "aaaaaaaab"};
  const std::vector<std::string> stops{"aab", "abac",   "aaab", "b",
                                       "z",   "aabaaa", "q",    "aaaaaaaaaa"};
  for (const auto& text : texts) {
    for (const auto& one : stops) {
      for (const auto& other : stops) {
        const auto found = detail::find_stop(text, {one, other});
        const auto expected = std::min(text.find(one), text.find(other));
        CHECK((found ? found->at : std::string::npos) == expected);
      }
    }
  }
}

TEST_CASE("reasoning comes first and counts within max_tokens") {
  Question question = asked();
  auto style = style_of(10);
  style.reasoning_tokens = 6;
  CHECK(only(question, style).reasoning.empty());
  question.reasoning = true;
  auto choice = only(question, style);
  CHECK(choice.reasoning.size() == 6);
  CHECK(choice.content.size() == 10);
  CHECK(choice.finish == Finish::stop);
  question.max_tokens = 8;
  choice = only(question, style);
  CHECK(choice.reasoning.size() == 6);
  CHECK(choice.content.size() == 2);
  CHECK(choice.finish == Finish::length);
  question.max_tokens = 4;
  choice = only(question, style);
  CHECK(choice.reasoning.size() == 4);
  CHECK(choice.content.empty());
  CHECK(choice.finish == Finish::length);
  question.max_tokens = 20;
  question.ignore_eos = true;
  CHECK(only(question, style).tokens() == 20);
  style.always_reasons = true;
  question = asked();
  CHECK(only(question, style).reasoning.size() == 6);
}

TEST_CASE("tools are called as the choice of tools says") {
  const auto calls = [](const Question& question) {
    std::vector<std::string> names;
    for (const auto& call : only(question, style_of(10)).calls) names.push_back(call.name);
    return names;
  };
  using Names = std::vector<std::string>;
  Question question = with_tools(3);
  CHECK(calls(question) == Names{"tool0", "tool1"});
  question.parallel_tool_calls = false;
  CHECK(calls(question) == Names{"tool0"});
  question.tool_choice = ToolChoice::named;
  question.tool_name = "tool2";
  question.parallel_tool_calls = true;
  CHECK(calls(question) == Names{"tool2"});
  question.tool_choice = ToolChoice::none;
  CHECK(calls(question).empty());
  question.tool_choice = ToolChoice::automatic;
  question.continues_tool_call = true;
  CHECK(calls(question).empty());
  question.tool_choice = ToolChoice::required;
  CHECK(calls(question) == Names{"tool0", "tool1"});
  CHECK(calls(with_tools(1)) == Names{"tool0"});
}

TEST_CASE("a call's arguments satisfy its parameters, and its id is always the same") {
  const Question question = with_tools(2);
  const auto choice = only(question, style_of(10));
  CHECK(choice.finish == Finish::tool_calls);
  CHECK(choice.content.empty());
  for (const auto& call : choice.calls) {
    const auto arguments = ordered_json::parse(call.arguments.str());
    CHECK(satisfies(arguments, question.tools[0].parameters, question.tools[0].parameters));
    CHECK(arguments.contains("city"));
    CHECK(call.arguments.size() > 2);
    CHECK(call.id.size() == 29);
    CHECK(call.id.substr(0, 5) == "call_");
  }
  CHECK(choice.calls[0].id != choice.calls[1].id);
  CHECK(only(question, style_of(10)).calls[0].id == choice.calls[0].id);
  CHECK(choice.tokens() == choice.calls[0].arguments.size() + choice.calls[1].arguments.size());
}

TEST_CASE("a call that max_tokens cuts ends with length, and one without room is left out") {
  Question question = with_tools(2);
  const auto whole = only(question, style_of(10)).calls[0].arguments;
  question.max_tokens = whole.size();
  auto choice = only(question, style_of(10));
  CHECK(choice.calls.size() == 1);
  CHECK(choice.finish == Finish::length);
  question.max_tokens = whole.size() - 1;
  choice = only(question, style_of(10));
  CHECK(choice.tokens() == whole.size() - 1);
  CHECK(choice.finish == Finish::length);
  CHECK(whole.str().substr(0, choice.calls[0].arguments.str().size()) ==
        choice.calls[0].arguments.str());
}

TEST_CASE("tools without parameters, or with some that are no object, are called with an object") {
  Question question = asked();
  question.tools = {{"a", nullptr}, {"b", ordered_json::parse(R"({"type":"string"})")}};
  for (const auto& call : only(question, style_of(5)).calls) {
    CHECK(call.arguments.str() == "{}");
  }
}

TEST_CASE("JSON formats give JSON, which max_tokens may cut") {
  Question question = asked();
  question.format = TextFormat::json_object;
  auto choice = only(question, style_of(2));
  CHECK(ordered_json::parse(choice.content.str()).is_object());
  CHECK(choice.finish == Finish::stop);
  question.format = TextFormat::json_schema;
  question.schema = ordered_json::parse(
      R"({"type":"object","properties":{"a":{"enum":["x"]},"b":{"type":"boolean"}}})");
  choice = only(question, style_of(2));
  CHECK(ordered_json::parse(choice.content.str()) == ordered_json::parse(R"({"a":"x","b":true})"));
  question.max_tokens = 3;
  choice = only(question, style_of(2));
  CHECK(choice.content.str() == R"({"a": "x", "b":)");
  CHECK(choice.finish == Finish::length);
}

TEST_CASE("several prompts are answered side by side, each with its choices") {
  Question question = asked();
  question.dialect = Dialect::completions;
  question.prompts = {"a", "b"};
  question.choices = 2;
  const auto answer = compose(question, style_of(3));
  REQUIRE(answer.choices.size() == 4);
  CHECK(answer.choices[2].content.str() == words(0, 3));
  CHECK(answer.choices[1].content.str() != words(0, 3));
}

TEST_CASE("chances fall, stay below one together, and never name a token twice") {
  for (const auto* token : {" river", "own\xc3\xa9", " evening"}) {
    const auto chances = chances_of(token, 3, kMaxTopLogprobs);
    REQUIRE(chances.top.size() == kMaxTopLogprobs);
    CHECK(chances.top.front().token == token);
    std::set<std::string_view> tokens;
    double sum = 0;
    double last = 0;
    for (const auto& one : chances.top) {
      CHECK(one.logprob < last);
      last = one.logprob;
      sum += std::exp(one.logprob);
      tokens.insert(one.token);
    }
    CHECK(sum < 1);
    CHECK(tokens.size() == kMaxTopLogprobs);
    CHECK(chances.chosen.logprob == chances_of(token, 3, 0).chosen.logprob);
  }
}

TEST_CASE("an answer too large is refused by the parameter that makes it so") {
  const auto param = [](const Question& question, std::uint32_t tokens) {
    const auto error = too_large(question, tokens);
    return error ? error->param : "";
  };
  Question question = asked();
  CHECK(param(question, kMaxTokens).empty());
  question.choices = 100;
  CHECK(param(question, 10'000).empty());
  CHECK(param(question, 10'001) == "n");
  question.top_logprobs = 1;
  CHECK(param(question, 10'000) == "top_logprobs");
  CHECK(param(question, 5'000).empty());
  question.max_tokens = 100;  // which says that the answer will be shorter
  CHECK(param(question, kMaxTokens).empty());
  question.max_tokens = kMaxTokens;
  CHECK(param(question, 64).empty());
  question.ignore_eos = true;
  CHECK(param(question, 64) == "n");
  question = asked();
  question.prompts.assign(kMaxInputs, "x");
  question.choices = 2;
  CHECK(param(question, 1) == "n");
  question.choices = 1;
  CHECK(param(question, 1).empty());
  CHECK(param(question, 1000) == "prompt");
  question.max_tokens = 1000;
  CHECK(param(question, 1000) == "max_tokens");
}

TEST_CASE("an echo counts as long as its text, even one long word") {
  Question question = asked();
  question.choices = 100;
  question.last_user_text = std::string(1'000'000, 'x');
  const auto style = style_of(1, AnswerStyle::Mode::echo);
  REQUIRE(too_large(question, style));
  CHECK(too_large(question, style)->param == "n");
  question.last_user_text = "short";
  CHECK_FALSE(too_large(question, style));
  question.reasoning = true;
  auto reasons = style_of(10);
  reasons.reasoning_tokens = 10'000;
  CHECK(too_large(question, reasons));
}

}  // namespace
}  // namespace hopcost::mockserver
