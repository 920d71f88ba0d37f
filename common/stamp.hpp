#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/clock.hpp"

namespace hopcost {

/// Time that travels inside the text, because gateways drop unknown JSON fields and headers but
/// pass text through. All numbers are zero-padded decimal ASCII, so a stamp has one length and can
/// be patched in place. Times are CLOCK_MONOTONIC nanoseconds: they mean something on one host
/// only.
///
///   request   `~q:IIIIIIII:SSSSSSSSSSSSSSSSSSS~`            at the start of the last user message
///   reply     `~a:IIIIIIII:RRRRRRRRRRRRRRRRRRR:SSSSSSSSSSSSSSSSSSS~`  starts the first content
///   chunk     `~c:NNNNNN:SSSSSSSSSSSSSSSSSSS~`              starts every later content chunk
struct RequestStamp {
  std::uint32_t id = 0;  ///< modulo 10^8
  Nanos send_ns = 0;
  static constexpr std::size_t kSize = 32;
};

struct ReplyStamp {
  std::uint32_t id = 0;
  Nanos received_ns = 0;  ///< read after the request's last body byte
  Nanos sent_ns = 0;      ///< read just before the write of this content
  static constexpr std::size_t kSize = 52;
};

struct ChunkStamp {
  std::uint32_t sequence = 0;  ///< content chunks count from 0 (the reply stamp); modulo 10^6
  Nanos sent_ns = 0;
  static constexpr std::size_t kSize = 30;
};

/// Each writes exactly kSize bytes.
void write_stamp(char* out, const RequestStamp& stamp);
void write_stamp(char* out, const ReplyStamp& stamp);
void write_stamp(char* out, const ChunkStamp& stamp);

/// Each reads a stamp at the start of `text`; nothing where there is none.
[[nodiscard]] std::optional<RequestStamp> read_request_stamp(std::string_view text);
[[nodiscard]] std::optional<ReplyStamp> read_reply_stamp(std::string_view text);
[[nodiscard]] std::optional<ChunkStamp> read_chunk_stamp(std::string_view text);

}  // namespace hopcost
