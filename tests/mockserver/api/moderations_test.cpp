#include "mockserver/api/moderations.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

const std::set<std::string> kOfficial{"harassment",
                                      "harassment/threatening",
                                      "hate",
                                      "hate/threatening",
                                      "illicit",
                                      "illicit/violent",
                                      "self-harm",
                                      "self-harm/instructions",
                                      "sexual",
                                      "self-harm/intent",
                                      "violence/graphic",
                                      "sexual/minors",
                                      "violence"};

json reply_to(const json& input) {
  std::string body = json{{"model", "m"}, {"input", input}}.dump();
  const auto question = read_moderations(body);
  REQUIRE(question);
  return json::parse(moderations_body(*question, "0123"));
}

std::string param_of(std::string body) {
  const auto question = read_moderations(body);
  return question ? "accepted" : question.error().param;
}

TEST_CASE("a moderation names every category of the API three times") {
  const json reply = reply_to("a harmless text");
  CHECK(reply.at("id") == "modr-0123");
  CHECK(reply.at("model") == "m");
  REQUIRE(reply.at("results").size() == 1);
  const json& result = reply.at("results").at(0);
  CHECK(result.at("flagged") == false);
  for (const char* key : {"categories", "category_scores", "category_applied_input_types"}) {
    std::set<std::string> names;
    for (const auto& [name, value] : result.at(key).items()) names.insert(name);
    CHECK(names == kOfficial);
  }
  for (const auto& score : result.at("category_scores")) {
    CHECK(score >= 0.0);
    CHECK(score < 0.01);
  }
  for (const auto& types : result.at("category_applied_input_types")) CHECK(types == json{"text"});
}

TEST_CASE("a category is flagged by its trigger word and by nothing else") {
  for (const auto& name : kOfficial) {
    const json result = reply_to("some flag:" + name + "\nmore").at("results").at(0);
    CHECK(result.at("flagged") == true);
    for (const auto& [category, flagged] : result.at("categories").items()) {
      CHECK(flagged == (category == name));
      CHECK((result.at("category_scores").at(category) >= 0.9) == (category == name));
    }
  }
  for (const char* text : {"flag:", "flag:other", "violence", "xflag:violence", "flag:violence."}) {
    CHECK(reply_to(text).at("results").at(0).at("flagged") == false);
  }
}

TEST_CASE("strings are judged one by one, and always alike") {
  const json reply = reply_to({"one", "flag:hate", "one"});
  REQUIRE(reply.at("results").size() == 3);
  CHECK(reply.at("results").at(1).at("flagged") == true);
  CHECK(reply.at("results").at(0) == reply.at("results").at(2));
  CHECK(reply.at("results").at(0) == reply_to("one").at("results").at(0));
  CHECK(reply.at("results").at(0) != reply_to("two").at("results").at(0));
}

TEST_CASE("parts are judged together, images in the categories that look at them") {
  const json image{{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,AA=="}}}};
  const json both = reply_to({{{"type", "text"}, {"text", "a flag:violence"}}, image});
  REQUIRE(both.at("results").size() == 1);
  const json& types = both.at("results").at(0).at("category_applied_input_types");
  CHECK(types.at("violence") == json{"text", "image"});
  CHECK(types.at("hate") == json{"text"});
  CHECK(both.at("results").at(0).at("flagged") == true);

  const json alone = reply_to(json::array({image})).at("results").at(0);
  CHECK(alone.at("flagged") == false);
  CHECK(alone.at("category_applied_input_types").at("hate") == json::array());
  CHECK(alone.at("category_scores").at("hate") == 0.0);
  CHECK(alone.at("category_applied_input_types").at("sexual") == json{"image"});
}

TEST_CASE("what moderations cannot take is refused with the parameter's name") {
  CHECK(param_of("{}") == "input");
  CHECK(param_of(R"({"input":7})") == "input");
  CHECK(param_of(R"({"input":[]})") == "input");
  CHECK(param_of(R"({"input":["a",7]})") == "input[1]");
  CHECK(param_of(R"({"input":["a",{"type":"text","text":"b"}]})") == "input[1]");
  CHECK(param_of(R"({"input":[{"type":"text","text":"b"},"a"]})") == "input[1]");
  CHECK(param_of(R"({"input":[{"type":"audio"}]})") == "input[0].type");
  CHECK(param_of(R"({"input":[{"type":"text"}]})") == "input[0].text");
  CHECK(param_of(R"({"input":[{"type":"image_url","image_url":"x"}]})") == "input[0].image_url");
  CHECK(param_of(R"({"input":"a","model":[]})") == "model");
  CHECK(param_of(R"({"input":""})") == "accepted");
}

}  // namespace
}  // namespace hopcost::mockserver
