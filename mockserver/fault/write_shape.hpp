#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// Where writes to the socket end. A write that ends early is followed by the next after `gap_ns`.
struct WriteShape {
  std::uint32_t bytes = 0;   ///< the longest write; 0: no limit
  bool split_utf8 = false;   ///< a write ends inside every multi-byte character
  std::uint32_t events = 1;  ///< events joined into one write
  Nanos gap_ns = 0;          ///< between the writes of one piece

  /// True where writes are neither cut nor delayed.
  [[nodiscard]] bool whole() const { return bytes == 0 && !split_utf8; }
  bool operator==(const WriteShape&) const = default;
};

/// Where the write that starts at `begin` ends: after `begin`, at most bytes.size().
[[nodiscard]] std::size_t slice_end(std::string_view bytes, std::size_t begin,
                                    const WriteShape& shape);

/// All ends of `bytes`' writes in order; the last is bytes.size(). Eight bytes of memory each:
/// whoever sends uses slice_end.
[[nodiscard]] std::vector<std::size_t> slice_points(std::string_view bytes,
                                                    const WriteShape& shape);

/// Appends `text` with a two, three or four byte character in place of the first letter of every
/// word that is all lower-case ASCII letters. The count of tokens stays; stamps, numbers and JSON
/// are left alone.
void append_multibyte(std::string& out, std::string_view text);

/// The same inside the values of "content", "text" and "delta" of compact JSON, be it a body or
/// events of any dialect; everything else is copied. A stamp that leads a value keeps its place in
/// the first such value of `wire`.
[[nodiscard]] std::string multibyte_wire(std::string_view wire);

}  // namespace hopcost::mockserver
