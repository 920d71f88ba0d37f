#include "mockserver/api/embeddings.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base64.hpp"
#include "mockserver/api/limits.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

std::string repeated(std::string_view element, std::size_t times) {
  std::string list;
  for (std::size_t i = 0; i < times; ++i) {
    if (i != 0) list += ',';
    list += element;
  }
  return list;
}

json reply_to(std::string body, std::uint32_t default_dimensions = 16) {
  const auto question = read_embeddings(body);
  REQUIRE(question);
  const auto reply = embeddings_body(*question, default_dimensions);
  REQUIRE(reply);
  return json::parse(*reply);
}

std::vector<float> vector_of(const json& reply, std::size_t index = 0) {
  const auto& embedding = reply.at("data").at(index).at("embedding");
  if (embedding.is_array()) return embedding.get<std::vector<float>>();
  const auto bytes = from_base64(embedding.get<std::string>());
  REQUIRE(bytes);
  std::vector<float> vector(bytes->size() / sizeof(float));
  std::memcpy(vector.data(), bytes->data(), bytes->size());
  return vector;
}

double length_of(const std::vector<float>& vector) {
  double squares = 0;
  for (const float x : vector) squares += double{x} * double{x};
  return std::sqrt(squares);
}

std::string param_of(std::string body) {
  const auto question = read_embeddings(body);
  if (question) return "accepted";
  CHECK(question.error().status == 400);
  CHECK_FALSE(question.error().message.empty());
  return question.error().param;
}

TEST_CASE("an embeddings reply has the API's shape") {
  const json reply = reply_to(R"({"model":"e","input":["one two","three"]})");
  CHECK(reply.at("object") == "list");
  CHECK(reply.at("model") == "e");
  CHECK(reply.at("usage") == json{{"prompt_tokens", 3}, {"total_tokens", 3}});
  REQUIRE(reply.at("data").size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(reply.at("data").at(i).at("object") == "embedding");
    CHECK(reply.at("data").at(i).at("index") == i);
    CHECK(vector_of(reply, i).size() == 16);
  }
}

TEST_CASE("vectors have length 1 in every number of dimensions") {
  for (const int dimensions : {1, 2, 3, 256, 1536, 4096}) {
    const auto vector = vector_of(
        reply_to(fmt::format(R"({{"model":"e","input":"x","dimensions":{}}})", dimensions)));
    CHECK(vector.size() == static_cast<std::size_t>(dimensions));
    CHECK(length_of(vector) == Catch::Approx(1.0).epsilon(1e-6));
  }
}

TEST_CASE("fewer dimensions give the beginning of the longer vector, stretched to length 1") {
  const auto longer = vector_of(reply_to(R"({"model":"e","input":"x","dimensions":64})"));
  const auto shorter = vector_of(reply_to(R"({"model":"e","input":"x","dimensions":8})"));
  const double length = length_of({longer.begin(), longer.begin() + 8});
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(double{shorter[i]} == Catch::Approx(double{longer[i]} / length).margin(1e-6));
  }
}

TEST_CASE("both encodings carry the same floats, bit for bit") {
  const auto numbers = vector_of(reply_to(R"({"model":"e","input":"x","dimensions":1536})"));
  const auto packed = vector_of(
      reply_to(R"({"model":"e","input":"x","dimensions":1536,"encoding_format":"base64"})"));
  CHECK(numbers == packed);
}

TEST_CASE("a vector depends on its input and the model, and on nothing else") {
  const auto base = vector_of(reply_to(R"({"model":"e","input":"x"})"));
  CHECK(vector_of(reply_to(R"({"user":"u","input":["y","x"],"model":"e"})"), 1) == base);
  CHECK(vector_of(reply_to(R"({"model":"e","input":"y"})")) != base);
  CHECK(vector_of(reply_to(R"({"model":"f","input":"x"})")) != base);
  CHECK(vector_of(reply_to(R"({"model":"e","input":[120]})")) != base);
}

TEST_CASE("a vector is the same on every machine") {
  const auto vector = vector_of(reply_to(R"({"model":"e","input":"river stone"})", 4));
  std::vector<std::string> digits;
  for (const float x : vector) digits.push_back(fmt::format("{}", x));
  CHECK(fmt::format("{}", fmt::join(digits, " ")) == "-0.08610284 0.46382922 0.7879727 -0.3956612");
}

TEST_CASE("different inputs have nearly orthogonal vectors") {
  const json reply = reply_to(R"({"model":"e","input":["a","b"],"dimensions":4096})");
  const auto a = vector_of(reply, 0);
  const auto b = vector_of(reply, 1);
  double product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) product += double{a[i]} * double{b[i]};
  CHECK(std::abs(product) < 0.1);
}

TEST_CASE("a stamp that leads an input is reported and does not change its vector") {
  std::string body =
      R"({"model":"e","input":["plain","~q:00000042:0000000000000000007~ river stone"]})";
  const auto question = read_embeddings(body);
  REQUIRE(question);
  CHECK(question->stamp_id == 42);
  const auto stamped = vector_of(
      reply_to(R"({"model":"e","input":"~q:00000042:0000000000000000007~ river stone"})"));
  CHECK(stamped == vector_of(reply_to(R"({"model":"e","input":" river stone"})")));
}

TEST_CASE("token ids count one each, alone or in lists") {
  const json flat = reply_to(R"({"model":"e","input":[1,2,3]})");
  CHECK(flat.at("data").size() == 1);
  CHECK(flat.at("usage").at("prompt_tokens") == 3);
  const json lists = reply_to(R"({"model":"e","input":[[1,2,3],[3,2,1],[4]]})");
  CHECK(lists.at("data").size() == 3);
  CHECK(lists.at("usage").at("prompt_tokens") == 7);
  CHECK(vector_of(lists, 0) == vector_of(flat));
  CHECK(vector_of(lists, 0) != vector_of(lists, 1));
}

TEST_CASE("what embeddings cannot take is refused with the parameter's name") {
  CHECK(param_of(R"({"input":"x"})") == "model");
  CHECK(param_of(R"({"model":7,"input":"x"})") == "model");
  CHECK(param_of(R"({"model":"e"})") == "input");
  CHECK(param_of(R"({"model":"e","input":null})") == "input");
  CHECK(param_of(R"({"model":"e","input":""})") == "input");
  CHECK(param_of(R"({"model":"e","input":[]})") == "input");
  CHECK(param_of(R"({"model":"e","input":7})") == "input");
  CHECK(param_of(R"({"model":"e","input":["a",""]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":["a",1]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":[[1],[]]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":[[1],"a"]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":[1,"a"]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":[1,-1]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":[1,1.5]})") == "input[1]");
  CHECK(param_of(R"({"model":"e","input":[{"text":"a"}]})") == "input[0]");
  CHECK(param_of(R"({"model":"e","input":"x","dimensions":0})") == "dimensions");
  CHECK(param_of(R"({"model":"e","input":"x","dimensions":4097})") == "dimensions");
  CHECK(param_of(R"({"model":"e","input":"x","dimensions":"8"})") == "dimensions");
  CHECK(param_of(R"({"model":"e","input":"x","encoding_format":"hex"})") == "encoding_format");
  CHECK(param_of(R"({"model":"e","input":"x","encoding_format":1})") == "encoding_format");
  CHECK(param_of(R"({"model":"e","input":"x","user":1})") == "user");
  CHECK(param_of(R"({"model":"e","input":"x","extra":1})") == "accepted");
  CHECK(param_of("[]").empty());
}

TEST_CASE("the number of inputs and the size of the reply are bounded") {
  const auto body_of = [](std::size_t inputs, std::string_view rest) {
    return fmt::format(R"({{"model":"e","input":[{}]{}}})", repeated(R"("x")", inputs), rest);
  };
  CHECK(param_of(body_of(kMaxInputs, "")) == "accepted");
  CHECK(param_of(body_of(kMaxInputs + 1, "")) == "input");

  std::string asked = body_of(1000, R"(,"dimensions":4001)");
  auto question = read_embeddings(asked);
  REQUIRE(question);
  auto reply = embeddings_body(*question, 8);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().param == "dimensions");

  std::string by_default = body_of(1000, "");
  question = read_embeddings(by_default);
  REQUIRE(question);
  reply = embeddings_body(*question, 4001);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().param == "input");
  CHECK(embeddings_body(*question, 8));
}

}  // namespace
}  // namespace hopcost::mockserver
