#include "common/xml.hpp"

#include "tests/catch.hpp"

using hopcost::xml_escaped;

TEST_CASE("what has a meaning in XML is escaped, what XML cannot say becomes a question mark") {
  CHECK(xml_escaped("a <b> & \"c\"") == "a &lt;b&gt; &amp; &quot;c&quot;");
  CHECK(xml_escaped("one\n\ttwo \x1b[31m") == "one\n\ttwo ?[31m");
  CHECK(xml_escaped("f\xc3\xbc"
                    "r") ==
        "f\xc3\xbc"
        "r");
}
