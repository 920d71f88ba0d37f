// A stamp that is read is exactly the bytes it would be written as, and what is written is read
// back.

#include <cstring>
#include <string>

#include "common/stamp.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost;

template <class Stamp>
std::string written(const Stamp& stamp) {
  std::string text(Stamp::kSize, '#');
  write_stamp(text.data(), stamp);
  return text;
}

template <class Stamp>
void check_read(const std::optional<Stamp>& stamp, std::string_view text) {
  if (!stamp) return;
  fuzz::expect(text.starts_with(written(*stamp)), "a stamp is the bytes it was read from");
}

template <class T>
T take(std::string_view& bytes) {
  T value{};
  const auto size = bytes.size() < sizeof value ? bytes.size() : sizeof value;
  std::memcpy(&value, bytes.data(), size);
  bytes.remove_prefix(size);
  return value;
}

void check_written(std::string_view bytes) {
  if (bytes.empty()) return;
  constexpr Nanos kAnyTime = INT64_MAX;
  const auto id = take<std::uint32_t>(bytes);
  const Nanos first = take<Nanos>(bytes) & kAnyTime;
  const Nanos second = take<Nanos>(bytes) & kAnyTime;
  const auto q = read_request_stamp(written(RequestStamp{id, first}));
  const auto a = read_reply_stamp(written(ReplyStamp{id, first, second}));
  const auto c = read_chunk_stamp(written(ChunkStamp{id, first}));
  fuzz::expect(q && q->id == id % 100000000U && q->send_ns == first, "a request stamp returns");
  fuzz::expect(a && a->id == id % 100000000U && a->received_ns == first && a->sent_ns == second,
               "a reply stamp returns");
  fuzz::expect(c && c->sequence == id % 1000000U && c->sent_ns == first, "a chunk stamp returns");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  check_read(read_request_stamp(text), text);
  check_read(read_reply_stamp(text), text);
  check_read(read_chunk_stamp(text), text);
  check_written(text);
  return 0;
}
