#include "loadgen/workload/request_mix.hpp"

#include "tests/catch.hpp"

using namespace hopcost::loadgen;

TEST_CASE("a name may have a weight behind its last equals sign") {
  CHECK(*parse_weighted("llama3:8b") == Weighted{"llama3:8b", 1});
  CHECK(*parse_weighted("a=b=2.5") == Weighted{"a=b", 2.5});
  for (const auto* wrong : {"", "=1", "a=", "a=0", "a=-1", "a=x", "a=inf", "a=nan", "a=1x"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_weighted(wrong));
  }
}

TEST_CASE("a class has its own lengths, and else those of the run") {
  const RequestClass otherwise{{"", 1}, 100, 10};
  const auto kind = parse_class("long=20:prompt=normal(2000,100,1500-2500)", otherwise);
  REQUIRE(kind);
  CHECK(kind->share == Weighted{"long", 20});
  CHECK(kind->prompt.text() == "normal(2000,100,1500-2500)");
  CHECK(kind->output == TokenLength(10));
  CHECK(parse_class("plain", otherwise)->prompt == TokenLength(100));
  for (const auto* wrong :
       {"a:", "a:prompt", "a:prompt=0", "a:words=5", ":prompt=5", "a=0:prompt=5", "a:prompt=5,"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_class(wrong, otherwise));
  }
}

TEST_CASE("a shared prefix is read key by key") {
  const auto prefix = parse_shared_prefix("groups=8,prompts=16,system=1024,question=64-128");
  REQUIRE(prefix);
  CHECK(prefix->groups == 8);
  CHECK(prefix->prompts == 16);
  CHECK(prefix->system == TokenLength(1024));
  CHECK(prefix->question.text() == "64-128");
  CHECK(parse_shared_prefix("system=10")->groups == 1);
  for (const auto* wrong : {"", "groups", "groups=0", "groups=-1", "groups=2x", "systems=3",
                            "groups=1,,", "question=normal(1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_shared_prefix(wrong));
  }
}

TEST_CASE("commas inside brackets do not split a list") {
  CHECK(split_list("a=1,b=normal(1,2),c") ==
        std::vector<std::string_view>{"a=1", "b=normal(1,2)", "c"});
  CHECK(split_list("") == std::vector<std::string_view>{""});
  CHECK(split_list("a,") == std::vector<std::string_view>{"a", ""});
}
