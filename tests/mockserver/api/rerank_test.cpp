#include "mockserver/api/rerank.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

json reply_to(const json& request) {
  std::string body = request.dump();
  const auto question = read_rerank(body);
  REQUIRE(question);
  return json::parse(rerank_body(*question, "0123"));
}

std::string param_of(std::string body) {
  const auto question = read_rerank(body);
  return question ? "accepted" : question.error().param;
}

std::vector<int> order_of(const json& reply) {
  std::vector<int> order;
  for (const auto& result : reply.at("results")) order.push_back(result.at("index"));
  return order;
}

const json kRequest{{"model", "r"},
                    {"query", "green river"},
                    {"documents",
                     {"nothing alike",
                      "a Green, GREEN river!",
                      {{"text", "green river"}},
                      "the river",
                      "a river"}}};

TEST_CASE("documents are ranked by the words they share with the query") {
  const json reply = reply_to(kRequest);
  CHECK(reply.at("id") == "rerank-0123");
  CHECK(reply.at("model") == "r");
  CHECK(reply.at("usage") == json{{"total_tokens", 5 * 2 + 2 + 4 + 2 + 2 + 2}});
  CHECK(order_of(reply) == std::vector<int>{2, 1, 3, 4, 0});
  const json& best = reply.at("results").at(0);
  CHECK(best.at("relevance_score") == 1.0);
  CHECK(best.at("document") == json{{"text", "green river"}});
  CHECK(reply.at("results").at(4).at("relevance_score") == 0.0);
}

TEST_CASE("relevance knows neither case nor punctuation, and is symmetric") {
  CHECK(relevance("Red, fox!", "fox; red?") == 1.0);
  CHECK(relevance("a b c d", "a") == 0.5);
  CHECK(relevance("a", "a b c d") == 0.5);
  CHECK(relevance("\xc3\xa9t\xc3\xa9 a", "\xc3\xa9t\xc3\xa9") > 0.7);
  CHECK(relevance("", "a") == 0.0);
  CHECK(relevance("!", "!") == 0.0);
}

TEST_CASE("top_n cuts the list, and documents are left out when not wanted") {
  json request = kRequest;
  request["top_n"] = 2;
  request["return_documents"] = false;
  const json reply = reply_to(request);
  CHECK(order_of(reply) == std::vector<int>{2, 1});
  CHECK_FALSE(reply.at("results").at(0).contains("document"));
  request["top_n"] = 0;
  CHECK(order_of(reply_to(request)).size() == 5);
  request["top_n"] = 100;
  CHECK(order_of(reply_to(request)).size() == 5);
}

TEST_CASE("what rerank cannot take is refused with the parameter's name") {
  CHECK(param_of(R"({"documents":["a"]})") == "query");
  CHECK(param_of(R"({"query":"","documents":["a"]})") == "query");
  CHECK(param_of(R"({"query":7,"documents":["a"]})") == "query");
  CHECK(param_of(R"({"query":"q"})") == "documents");
  CHECK(param_of(R"({"query":"q","documents":[]})") == "documents");
  CHECK(param_of(R"({"query":"q","documents":"a"})") == "documents");
  CHECK(param_of(R"({"query":"q","documents":["a",7]})") == "documents[1]");
  CHECK(param_of(R"({"query":"q","documents":[{"title":"a"}]})") == "documents[0].text");
  CHECK(param_of(R"({"query":"q","documents":["a"],"top_n":-1})") == "top_n");
  CHECK(param_of(R"({"query":"q","documents":["a"],"top_n":2049})") == "top_n");
  CHECK(param_of(R"({"query":"q","documents":["a"],"top_n":"1"})") == "top_n");
  CHECK(param_of(R"({"query":"q","documents":["a"],"return_documents":1})") == "return_documents");
  CHECK(param_of(R"({"query":"q","documents":["a"],"model":1})") == "model");
  std::string many = R"({"query":"q","documents":["a")";
  for (int i = 0; i < 2048; ++i) many += R"(,"a")";
  CHECK(param_of(many + "]}") == "documents");
}

}  // namespace
}  // namespace hopcost::mockserver
