#include "mockserver/api/answer.hpp"
#include "mockserver/api/json_text.hpp"
#include "tests/catch.hpp"
#include "tests/mockserver/api/schema_check.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

/// The most an instance may have as text, whatever was asked for.
constexpr std::size_t kMostBytes = 2'000'000;

void check_satisfied(const char* text) {
  const auto schema = ordered_json::parse(text);
  const auto instance = instance_of(schema);
  INFO(text);
  INFO(instance.dump());
  CHECK(satisfies(instance, schema, schema));
  CHECK(instance_of(schema) == instance);
}

TEST_CASE("an instance satisfies its schema") {
  for (
      const auto* schema : {
          R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},
               "required":["a","b"],"additionalProperties":false})",
          R"({"type":"object","properties":{"in":{"type":"object","properties":
               {"x":{"type":"number"},"y":{"type":"boolean"}},"required":["x","y"],
               "additionalProperties":false}},"required":["in"],"additionalProperties":false})",
          R"({"enum":["red","green"]})",
          R"({"const":{"a":[1,2]}})",
          R"({"type":"array","items":{"type":"string","enum":["x","y"]},"minItems":5})",
          R"({"type":"array","items":{"type":"integer"},"minItems":7,"uniqueItems":true})",
          R"({"type":"array","items":{"type":"string"},"maxItems":0})",
          R"({"type":"array","items":{"type":"string"},"maxItems":1})",
          R"({"anyOf":[{"type":"string","maxLength":3},{"type":"null"}]})",
          R"({"anyOf":[{"type":"null"},{"type":"integer","minimum":1000}]})",
          R"({"type":["string","null"]})",
          R"({"type":"null"})",
          R"({"oneOf":[{"type":"object","properties":{"kind":{"const":"a"}},"required":["kind"]},
                        {"type":"object","properties":{"kind":{"const":"b"}},"required":["kind"]}]})",
          R"({"type":"integer","minimum":-7,"maximum":-7})",
          R"({"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":5})",
          R"({"type":"integer","minimum":3,"multipleOf":7})",
          R"({"type":"integer","maximum":20,"minimum":15,"multipleOf":5})",
          R"({"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.001})",
          R"({"type":"number","maximum":-5})",
          R"({"type":"number","minimum":5})",
          R"({"type":"string","minLength":40,"maxLength":41})",
          R"({"type":"string","maxLength":0})",
          R"({"type":"object","minProperties":3})",
          R"({"type":"object","additionalProperties":{"type":"integer"},"minProperties":2})",
          R"({"type":"object","required":["extra"],"additionalProperties":{"type":"boolean"}})",
          R"({"type":"object","properties":{"a":{},"b":{},"c":{}},"maxProperties":1,
               "required":["b"]})",
          R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer","minimum":2}},
                         "required":["a"]},
                        {"properties":{"a":{"minimum":9},"b":{"type":"string"}},"required":["b"]}]})",
          R"({"type":"object","properties":{"a":{"type":"string"}},"anyOf":[{"required":["a"]}]})",
          R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},
               "next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["v","next"],
               "additionalProperties":false}}})",
          R"({"definitions":{"a/b":{"type":"integer"}},"type":"array","minItems":1,
               "items":{"$ref":"#/definitions/a~1b"}})",
          R"({"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#"}},
               "name":{"type":"string"}},"required":["kids","name"]})",
          R"({"type":"object","properties":{"a":{"allOf":[{"$ref":"#/$defs/x"}],"default":1}},
               "$defs":{"x":{"type":"string"}},"required":["a"]})",
          R"({"$defs":{"a":{"type":"object","properties":{"b":{"$ref":"#/$defs/b"}},"required":["b"]},
               "b":{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/$defs/a"},
               {"type":"null"}]}},"required":["a"]}},"$ref":"#/$defs/a"})",
      }) {
    check_satisfied(schema);
  }
}

TEST_CASE("optional properties are there, in the schema's order") {
  const auto schema = ordered_json::parse(
      R"({"type":"object","properties":{"z":{"type":"boolean"},"a":{"type":"boolean"}}})");
  CHECK(instance_of(schema).dump() == R"({"z":true,"a":true})");
}

TEST_CASE("string formats are met") {
  const auto text = [](const char* format) {
    return instance_of({{"type", "string"}, {"format", format}}).get<std::string>();
  };
  CHECK(text("date-time") == "2024-05-17T09:30:00Z");
  CHECK(text("date").size() == 10);
  CHECK(text("uuid").size() == 36);
  CHECK(text("email").find('@') != std::string::npos);
  CHECK(text("uri").substr(0, 8) == "https://");
  CHECK(text("ipv4") == "192.0.2.1");
  CHECK_FALSE(text("made-up").empty());
}

TEST_CASE("what is not understood still gives a value of the right type") {
  CHECK(instance_of(ordered_json::parse("{}")).is_string());
  CHECK(instance_of(ordered_json::parse("true")).is_string());
  CHECK(instance_of(nullptr).is_string());
  CHECK(instance_of(ordered_json::parse(R"({"properties":{"a":5}})")).is_object());
  CHECK(instance_of(ordered_json::parse(R"({"type":"array","items":7})")).is_array());
  CHECK(instance_of(ordered_json::parse(R"({"$ref":"https://example.com/x"})")).is_string());
  CHECK(instance_of(ordered_json::parse(R"({"type":"integer","minimum":1e300})")).is_number());
  CHECK(instance_of(ordered_json::parse(R"({"enum":[]})")).is_string());
  CHECK(instance_of(ordered_json::parse(R"({"type":[1,2]})")).is_null());
}

TEST_CASE("a hostile schema takes bounded memory and ends") {
  // Each would be endless, or larger than memory, were it followed to the letter.
  std::vector<ordered_json> schemas;
  for (const auto* text : {
           R"({"$ref":"#"})",
           R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})",
           R"({"allOf":[{"$ref":"#"},{"$ref":"#"}]})",
           R"({"anyOf":[{"$ref":"#"}],"type":"object"})",
           R"({"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"}},
               "required":["a","b","c"]})",
           R"({"type":"array","minItems":1000000000,"items":{"$ref":"#"}})",
           R"({"type":"array","minItems":1e300,"items":{"type":"string","minLength":1e300}})",
           R"({"type":"object","minProperties":1000000000,"additionalProperties":{"$ref":"#"}})",
           R"({"type":"string","minLength":18446744073709551615})",
           R"({"type":"integer","multipleOf":1e-300,"minimum":1e300,"maximum":-1e300})",
           R"({"type":"number","multipleOf":1e308,"minimum":1e308})",
       }) {
    schemas.push_back(ordered_json::parse(text));
  }
  auto deep = ordered_json::parse(R"({"type":"string"})");
  for (int i = 0; i < 60; ++i) {
    deep = ordered_json{{"allOf", ordered_json::array({deep, ordered_json{{"minLength", i}}})}};
  }
  schemas.push_back(deep);
  // Every reference doubles what the one before it makes.
  auto doubling = ordered_json::parse(R"({"$ref":"#/$defs/d0","$defs":{}})");
  for (int i = 0; i < 40; ++i) {
    const ordered_json next{{"$ref", "#/$defs/d" + std::to_string(i + 1)}};
    doubling["$defs"]["d" + std::to_string(i)] = {
        {"type", "array"}, {"minItems", 200}, {"items", next}};
  }
  schemas.push_back(doubling);
  // A long constant, a thousand times.
  auto constants = ordered_json::parse(R"({"type":"array","minItems":256})");
  constants["items"]["const"] = std::string(1'000'000, 'x');
  schemas.push_back(constants);
  auto wide = ordered_json::parse(R"({"allOf":[]})");
  for (int i = 0; i < 300; ++i) {
    auto part = ordered_json::object();
    for (int k = 0; k < 300; ++k) {
      part["properties"]["p" + std::to_string(i * 300 + k)]["type"] = "string";
    }
    wide["allOf"].push_back(part);
  }
  schemas.push_back(wide);
  for (const auto& schema : schemas) {
    INFO(schema.dump().substr(0, 200));
    CHECK(spaced_text(instance_of(schema)).size() < kMostBytes);
  }
}

}  // namespace
}  // namespace hopcost::mockserver
