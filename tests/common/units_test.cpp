#include "common/units.hpp"

#include <string>

#include "tests/catch.hpp"

using namespace hopcost;

TEST_CASE("a duration is read in every unit") {
  CHECK(parse_duration("40ns").value() == 40);
  CHECK(parse_duration("250us").value() == 250'000);
  CHECK(parse_duration("20ms").value() == 20'000'000);
  CHECK(parse_duration("1.5s").value() == 1'500'000'000);
  CHECK(parse_duration("2m").value() == 120 * kSecond);
  CHECK(parse_duration("1h").value() == 3600 * kSecond);
  CHECK(parse_duration("0").value() == 0);
  CHECK(parse_duration("0ms").value() == 0);
  CHECK(parse_duration("0.1us").value() == 100);
  CHECK(parse_duration("0.0005ms").value() == 500);
}

TEST_CASE("a duration without a unit, with an unknown one or below zero is refused") {
  for (const char* text : {"", "5", "1.5", "ms", "5 ms", " 5ms", "5ms ", "5MS", "5sec", "5msx", "x",
                           "-", "+5ms", "0x10ms", "nanms", "infs", "1e999s", "5,5ms"}) {
    INFO("'" << text << "'");
    const auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().exit_code() == 64);
    CHECK(parsed.error().message.find(std::string("'") + text + "'") != std::string::npos);
    CHECK(parsed.error().message.find("20ms") != std::string::npos);
  }
  CHECK(parse_duration("-5ms").error().message == "a length of time cannot be negative");
  CHECK(parse_duration("1e18s").error().message == "'1e18s' is too long");
  CHECK(parse_duration("1e308h").error().message == "'1e308h' is too long");
}

TEST_CASE("a rate is read a second and a minute") {
  CHECK(parse_rate("100/s").value() == 100.0);
  CHECK(parse_rate("0.5/s").value() == 0.5);
  CHECK(parse_rate("6000/m").value() == Catch::Approx(100));
}

TEST_CASE("a rate of nothing, without a unit or with another one is refused") {
  for (const char* text : {"", "100", "100/h", "100 /s", "/s", "100/", "fast"}) {
    INFO("'" << text << "'");
    const auto parsed = parse_rate(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find("100/s") != std::string::npos);
  }
  for (const char* text : {"0", "0/s", "-1/s"}) {
    REQUIRE_FALSE(parse_rate(text).has_value());
    CHECK(parse_rate(text).error().message == "a rate must be above 0");
  }
}

TEST_CASE("a size is read in bytes and in binary units") {
  CHECK(parse_size("512").value() == 512);
  CHECK(parse_size("512B").value() == 512);
  CHECK(parse_size("64KiB").value() == 65536);
  CHECK(parse_size("2MiB").value() == 2097152);
  CHECK(parse_size("1GiB").value() == 1073741824);
  CHECK(parse_size("1.5KiB").value() == 1536);
  CHECK(parse_size("0").value() == 0);
}

TEST_CASE("a size in other units, below zero or beyond 64 bits is refused") {
  for (const char* text : {"", "64KB", "64K", "64kib", "KiB", "64 KiB", "-1", "1e30GiB"}) {
    INFO("'" << text << "'");
    REQUIRE_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("durations for people have three or four digits and a fitting unit") {
  CHECK(format_duration(0) == "0.0 us");
  CHECK(format_duration(23400) == "23.4 us");
  CHECK(format_duration(-3100) == "-3.1 us");
  CHECK(format_duration(1.2e6) == "1.20 ms");
  CHECK(format_duration(-2.5e6) == "-2.50 ms");
  CHECK(format_duration(3.25e9) == "3.25 s");
}

TEST_CASE("a duration's text is read back as the same duration") {
  CHECK(duration_text(0) == "0");
  CHECK(duration_text(20 * kMillisecond) == "20ms");
  CHECK(duration_text(1500 * kMicrosecond) == "1500us");
  CHECK(duration_text(10 * kSecond) == "10s");
  CHECK(duration_text(41) == "41ns");
  for (const Nanos ns : {Nanos{1}, Nanos{999}, 123456 * kMicrosecond, 77 * kSecond + 1,
                         3600 * kSecond, Nanos{8'999'999'999'999'000}}) {
    CHECK(parse_duration(duration_text(ns)).value() == ns);
  }
}
