#include "common/stamp.hpp"

#include <cstring>

namespace hopcost {
namespace {

constexpr std::size_t kTimeDigits = 19;

char* put_tag(char* out, char kind) {
  *out++ = '~';
  *out++ = kind;
  *out++ = ':';
  return out;
}

char* put_digits(char* out, std::uint64_t value, std::size_t width, char end) {
  for (std::size_t i = width; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  out[width] = end;
  return out + width + 1;
}

/// Reads `width` digits and the byte after them; the position moves past both.
bool take_digits(std::string_view text, std::size_t& at, std::size_t width, char end,
                 std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const auto digit = static_cast<unsigned>(text[at + i] - '0');
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  if (text[at + width] != end) return false;
  at += width + 1;
  return true;
}

bool has_tag(std::string_view text, char kind, std::size_t size) {
  return text.size() >= size && text[0] == '~' && text[1] == kind && text[2] == ':';
}

}  // namespace

void write_stamp(char* out, const RequestStamp& stamp) {
  out = put_digits(put_tag(out, 'q'), stamp.id, 8, ':');
  put_digits(out, static_cast<std::uint64_t>(stamp.send_ns), kTimeDigits, '~');
}

void write_stamp(char* out, const ReplyStamp& stamp) {
  out = put_digits(put_tag(out, 'a'), stamp.id, 8, ':');
  out = put_digits(out, static_cast<std::uint64_t>(stamp.received_ns), kTimeDigits, ':');
  put_digits(out, static_cast<std::uint64_t>(stamp.sent_ns), kTimeDigits, '~');
}

void write_stamp(char* out, const ChunkStamp& stamp) {
  out = put_digits(put_tag(out, 'c'), stamp.sequence, 6, ':');
  put_digits(out, static_cast<std::uint64_t>(stamp.sent_ns), kTimeDigits, '~');
}

std::optional<RequestStamp> read_request_stamp(std::string_view text) {
  if (!has_tag(text, 'q', RequestStamp::kSize)) return std::nullopt;
  std::size_t at = 3;
  std::uint64_t id = 0;
  std::uint64_t sent = 0;
  if (!take_digits(text, at, 8, ':', id) || !take_digits(text, at, kTimeDigits, '~', sent)) {
    return std::nullopt;
  }
  return RequestStamp{static_cast<std::uint32_t>(id), static_cast<Nanos>(sent)};
}

std::optional<ReplyStamp> read_reply_stamp(std::string_view text) {
  if (!has_tag(text, 'a', ReplyStamp::kSize)) return std::nullopt;
  std::size_t at = 3;
  std::uint64_t id = 0;
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  if (!take_digits(text, at, 8, ':', id) || !take_digits(text, at, kTimeDigits, ':', received) ||
      !take_digits(text, at, kTimeDigits, '~', sent)) {
    return std::nullopt;
  }
  return ReplyStamp{static_cast<std::uint32_t>(id), static_cast<Nanos>(received),
                    static_cast<Nanos>(sent)};
}

std::optional<ChunkStamp> read_chunk_stamp(std::string_view text) {
  if (!has_tag(text, 'c', ChunkStamp::kSize)) return std::nullopt;
  std::size_t at = 3;
  std::uint64_t sequence = 0;
  std::uint64_t sent = 0;
  if (!take_digits(text, at, 6, ':', sequence) || !take_digits(text, at, kTimeDigits, '~', sent)) {
    return std::nullopt;
  }
  return ChunkStamp{static_cast<std::uint32_t>(sequence), static_cast<Nanos>(sent)};
}

}  // namespace hopcost
