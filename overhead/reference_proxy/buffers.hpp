#pragma once

#include <cstddef>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::reference_proxy {

/// Bytes read and not used yet. Starts at 8 KiB; a read that fills it lets it double, up to 64 KiB.
///
/// While a read into `prepare()`'s memory is under way, `view` and `consume` may be used, and never
/// move a byte; only the next `prepare` does.
class ReadBuffer {
 public:
  static constexpr std::size_t kStart = 8U << 10U;
  static constexpr std::size_t kMax = 64U << 10U;

  /// Where the next bytes go; empty when kMax bytes wait to be used.
  [[nodiscard]] std::span<char> prepare() {
    if (begin_ > 0) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    if (filled_ && bytes_.size() < kMax) bytes_.resize(bytes_.size() * 2);
    filled_ = false;
    return std::span(bytes_).subspan(end_);
  }
  void commit(std::size_t n) {
    end_ += n;
    filled_ = end_ == bytes_.size();
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.data() + begin_, size()}; }
  void consume(std::size_t n) { begin_ += n; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

 private:
  std::vector<char> bytes_ = std::vector<char>(kStart);
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;
};

/// What one write sends.
struct Piece {
  std::string bytes;
  Nanos due = 0;    ///< not before this point in time; 0: at once
  Nanos ready = 0;  ///< when it would have left without a delay
  Nanos asked = 0;  ///< the delay asked for
};

/// Pieces on their way to a client, in order. Memory of sent pieces is used again.
class PieceQueue {
 public:
  /// A new last piece, empty; call `added` once its bytes are in. A piece stays in its place until
  /// it is popped.
  [[nodiscard]] Piece& push() {
    pieces_.emplace_back();
    if (!spare_.empty()) {
      pieces_.back().bytes = std::move(spare_.back());
      spare_.pop_back();
    }
    return pieces_.back();
  }
  /// The last piece is ready to be sent; it is dropped if nothing was put in.
  void added() {
    const auto size = pieces_.back().bytes.size();
    bytes_ += size;
    if (size > 0) return;
    recycle(pieces_.back().bytes);
    pieces_.pop_back();
  }
  [[nodiscard]] Piece& front() { return pieces_.front(); }
  void pop() {
    bytes_ -= pieces_.front().bytes.size();
    recycle(pieces_.front().bytes);
    pieces_.pop_front();
  }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void recycle(std::string& bytes) {
    if (spare_.size() >= 4 || bytes.capacity() > ReadBuffer::kMax * 2) return;
    bytes.clear();
    spare_.push_back(std::move(bytes));
  }

  std::deque<Piece> pieces_;
  std::vector<std::string> spare_;
  std::size_t bytes_ = 0;
};

}  // namespace hopcost::reference_proxy
