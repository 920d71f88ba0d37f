// An HTTP/1.x response means the same wherever its bytes are cut.

#include "tests/fuzz/http_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  hopcost::fuzz::check_message<false>(hopcost::fuzz::text_of(bytes, size));
  return 0;
}
