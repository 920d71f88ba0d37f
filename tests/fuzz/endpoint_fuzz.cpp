// An address that is accepted is written as text that is read back as the same, and holds nothing
// that could end a header line.

#include <algorithm>
#include <string>

#include "common/endpoint.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hopcost;
  using fuzz::expect;
  const auto text = fuzz::text_of(bytes, size);
  if (const auto address = parse_host_port(text)) {
    expect(printable(address->to_string()), "an address is printable");
    expect(parse_host_port(address->to_string()) == *address, "an address is read back");
  }
  if (const auto base = parse_api_base(text)) {
    expect(printable(base->url()), "a URL is printable");
    expect(base->address.port != 0, "a URL has a port to connect to");
    expect(base->path.starts_with('/') && !base->path.ends_with('/'), "a path starts with /");
    const auto again = parse_api_base(base->url());
    expect(again && again->url() == base->url(), "a URL is read back");
    expect(parse_host_port(base->address.to_string()) == base->address,
           "a URL's address is an address");
  } else {
    expect(base.error().exit_code() == 64, "a bad URL is a usage error");
  }
  return 0;
}
