#pragma once

#include "common/clock.hpp"
#include "loadgen/exchange/reply_reader.hpp"
#include "loadgen/measure/sample.hpp"

namespace hopcost::loadgen {

/// One exchange, from the schedule's wish to the last byte. Points in time, ns; 0: never reached.
struct Timeline {
  Nanos intended = 0;
  Nanos send = 0;       ///< read just before the first write call, of the first attempt
  Nanos last_send = 0;  ///< of the attempt that was answered
  Nanos headers = 0;
  Nanos first_byte = 0;    ///< of the body
  Nanos close = 0;         ///< response complete, or the failure
  Nanos server_time = -1;  ///< a length: what the server states; below 0: nothing
};

/// The metrics of one complete and correct exchange (those per chunk are recorded while it is
/// read).
[[nodiscard]] Sample sample_of(const Timeline& timeline, const ReplyFacts& facts, bool stream);

/// Output tokens of one reply: from usage where the server gave it, else content chunks.
[[nodiscard]] std::uint64_t output_tokens(const ReplyFacts& facts);

}  // namespace hopcost::loadgen
