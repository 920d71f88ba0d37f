#pragma once

#include <cstddef>
#include <string>

namespace hopcost::bench {

/// One HTTP chunk.
[[nodiscard]] std::string http_chunk(const std::string& payload);

/// A server-sent event of about so many bytes, with content as a reader of streams counts it.
[[nodiscard]] std::string made_event(std::size_t bytes);

}  // namespace hopcost::bench
