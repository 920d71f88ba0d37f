#include "common/endpoint.hpp"

#include <string>

#include "tests/catch.hpp"

using namespace hopcost;

namespace {

ApiBase base_of(const std::string& url) {
  const auto base = parse_api_base(url);
  INFO(url << ": " << (base ? "" : base.error().to_string()));
  REQUIRE(base.has_value());
  return *base;
}

std::string refusal_of(const std::string& url) {
  const auto base = parse_api_base(url);
  INFO(url);
  REQUIRE_FALSE(base.has_value());
  CHECK(base.error().exit_code() == 64);
  CHECK(base.error().message.find(url) != std::string::npos);
  return base.error().message;
}

}  // namespace

TEST_CASE("a host and a port are read and written the same way") {
  for (const char* text : {"127.0.0.1:8000", "[::1]:0", "localhost:8080", "[fe80::1:2]:65535",
                           "a-b.example_c.org:1"}) {
    const auto parsed = parse_host_port(text);
    INFO(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->to_string() == text);
  }
  CHECK(parse_host_port("[::1]:8000").value() == HostPort{"::1", 8000});
  CHECK(parse_host_port("localhost:0").value() == HostPort{"localhost", 0});
}

TEST_CASE("what is not a host and a port is refused by name") {
  for (const char* text : {"",
                           ":",
                           "8000",
                           ":8000",
                           "localhost",
                           "localhost:",
                           "localhost:x",
                           "localhost:-1",
                           "localhost:+1",
                           "localhost:65536",
                           "localhost: 80",
                           "::1",
                           "::1:8000",
                           "[::1]",
                           "[::1:80",
                           "[]:80",
                           "[:80",
                           "]:80",
                           "http://localhost:80",
                           "user@localhost:80",
                           "a b:80",
                           "a/b:80",
                           "a\r\nX:80",
                           "localhost:80/"}) {
    INFO("'" << text << "'");
    const auto parsed = parse_host_port(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find(std::string("'") + text + "'") == 0);
    CHECK(parsed.error().exit_code() == 64);
  }
}

TEST_CASE("the API hangs at /v1 for a root URL and for one that ends in /v1") {
  for (const char* url :
       {"http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000//",
        "http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/"}) {
    CHECK(base_of(url).url() == "http://127.0.0.1:8000/v1");
  }
}

TEST_CASE("any other path is kept as given") {
  CHECK(base_of("http://h:1/v1/openai/v1").path == "/v1/openai/v1");
  CHECK(base_of("http://h:1/openai/").path == "/openai");
  CHECK(base_of("http://h:1/a%20b").path == "/a%20b");
}

TEST_CASE("a URL's address is a name or an IP address, the port 80 where none is given") {
  CHECK(base_of("http://example.org").address == HostPort{"example.org", 80});
  CHECK(base_of("HTTP://example.org:81").address == HostPort{"example.org", 81});
  CHECK(base_of("http://[::1]:8000/v1").address == HostPort{"::1", 8000});
  CHECK(base_of("http://[::1]:8000").url() == "http://[::1]:8000/v1");
}

TEST_CASE("https is refused by name") {
  CHECK(refusal_of("https://127.0.0.1:8000").find("only http://") != std::string::npos);
  CHECK(refusal_of("ftp://127.0.0.1").find("only http://") != std::string::npos);
}

TEST_CASE("a URL that hides something is refused, not trimmed") {
  CHECK(refusal_of("http://127.0.0.1:99999").find("port") != std::string::npos);
  CHECK(refusal_of("http://127.0.0.1:0").find("port") != std::string::npos);
  CHECK(refusal_of("http://127.0.0.1:/v1").find("port") != std::string::npos);
  CHECK(refusal_of("http:///v1").find("no host") != std::string::npos);
  CHECK(refusal_of("http://user:secret@h:1").find("only a host") != std::string::npos);
  CHECK(refusal_of("http://h:1/v1?x=1").find("only a host") != std::string::npos);
  CHECK(refusal_of("http://h:1/v1#x").find("only a host") != std::string::npos);
  CHECK(refusal_of("http://[::1];8000").find("slash") != std::string::npos);
  CHECK(refusal_of("http://a%0d%0aX:1").find("neither") != std::string::npos);
  for (const char* url :
       {"", "127.0.0.1:8000", "localhost", "http//x", "http://a b", "http://[::1"}) {
    refusal_of(url);
  }
}
