// A run.json is read or refused; what was read can be written, and is then read as the same.

#include <string>

#include <nlohmann/json.hpp>

#include "loadgen/merge/decode.hpp"
#include "loadgen/output/format.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto json = nlohmann::json::parse(fuzz::text_of(bytes, size), nullptr, false);
  if (json.is_discarded()) return 0;
  const auto record = record_from_json(json);
  if (!record) {
    fuzz::expect(!record.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  fuzz::expect(record_from_json(to_json(*record)).has_value(), "what was written is read");
  // One format, chosen by the input: all of them would take most of the time.
  std::size_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += bytes[i];
  formats()[sum % formats().size()].render(*record);
  return 0;
}
