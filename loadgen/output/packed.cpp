#include "loadgen/output/packed.hpp"

#include <memory>
#include <new>
#include <zstd.h>

#include <fmt/format.h>

namespace hopcost::loadgen {

std::string zstd_compressed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  constexpr int kLevel = 3;
  const auto size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel);
  // With room for the worst case only memory can be missing.
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();
  out.resize(size);
  return out;
}

Result<std::string> zstd_unpacked(std::string_view packed, std::size_t most) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  std::string out;
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer from{packed.data(), packed.size(), 0};
  std::size_t expected = 1;  // 0: a frame has come to its end
  bool more = !packed.empty();
  while (more) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    expected = ZSTD_decompressStream(context.get(), &to, &from);
    if (ZSTD_isError(expected) != 0) {
      return fail(ErrorCode::usage,
                  fmt::format("is no Zstandard file: {}", ZSTD_getErrorName(expected)));
    }
    if (out.size() + to.pos > most) {
      return fail(ErrorCode::usage, fmt::format("is longer than {} bytes, unpacked", most));
    }
    out.append(piece, 0, to.pos);
    // A full buffer may have left something behind.
    more = from.pos < from.size || (to.pos == to.size && expected != 0);
  }
  if (expected != 0) return fail(ErrorCode::usage, "is cut short");
  return out;
}

}  // namespace hopcost::loadgen
