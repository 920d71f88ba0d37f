#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace hopcost::mockserver {

/// Bytes read and not yet used, in one piece. `prepare` may move them, so it must not be called
/// while a read into the span it gave last is under way; `consume` and `view` may.
class InputBuffer {
 public:
  explicit InputBuffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  [[nodiscard]] std::string_view view() const { return {bytes_.get() + begin_, size()}; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  /// Room for at least `wanted` bytes behind those held.
  [[nodiscard]] std::span<char> prepare(std::size_t wanted) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < wanted) make_room(wanted);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  /// `count` bytes were read into the span.
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }

 private:
  void make_room(std::size_t wanted) {
    const std::size_t held = size();
    if (capacity_ - held >= wanted) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    } else {
      capacity_ = held + wanted;
      auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
      std::memcpy(larger.get(), bytes_.get() + begin_, held);
      bytes_ = std::move(larger);
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace hopcost::mockserver
