#include "common/environment.hpp"

#include <cstdlib>

#include "tests/catch.hpp"
#include "tests/support/variable.hpp"

using hopcost::with_environment;
using hopcost::test::Variable;

TEST_CASE("variables stand for what the environment says") {
  const Variable place("HOPCOST_TEST_PLACE", "here");
  CHECK(with_environment("http://${HOPCOST_TEST_PLACE}.svc:80") == "http://here.svc:80");
  CHECK(with_environment("$HOPCOST_TEST_PLACE/x") == "here/x");
  CHECK(with_environment("$HOPCOST_TEST_PLACE$HOPCOST_TEST_PLACE") == "herehere");
  CHECK(with_environment("${HOPCOST_TEST_PLACE:-there}") == "here");
  CHECK(with_environment("") == "");
}

TEST_CASE("a variable that is not set is refused by its name, or what stands for it is taken") {
  CHECK(with_environment("a ${HOPCOST_TEST_NONE} b").error() == "HOPCOST_TEST_NONE");
  CHECK(with_environment("$HOPCOST_TEST_NONE").error() == "HOPCOST_TEST_NONE");
  CHECK(with_environment("${HOPCOST_TEST_NONE:-http://x:1}/v1") == "http://x:1/v1");
  CHECK(with_environment("${HOPCOST_TEST_NONE:-}") == "");
  const Variable empty("HOPCOST_TEST_EMPTY", "");
  CHECK(with_environment("$HOPCOST_TEST_EMPTY").error() == "HOPCOST_TEST_EMPTY");
}

TEST_CASE("a dollar sign that no name follows stays") {
  for (const auto* const text :
       {"$", "5 $ a day", "$5", "${", "${}", "${a", "${1}", "${a b}", "$$"}) {
    CHECK(with_environment(text) == text);
  }
}
