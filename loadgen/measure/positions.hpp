#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hopcost::loadgen {

/// A time of each content chunk by its place in the stream: count and sum for places 0, 1, 2-3,
/// 4-7, and so on. Recording is two additions.
class ByPosition {
 public:
  static constexpr std::size_t kClasses = 24;
  struct Class {
    std::uint64_t count = 0;
    double sum_ns = 0;
  };

  void record(std::uint64_t position, std::int64_t ns) {
    auto& one = classes_[class_of(position)];
    ++one.count;
    one.sum_ns += static_cast<double>(ns);
  }
  void add(std::uint64_t position, const Class& more) {
    auto& one = classes_[class_of(position)];
    one.count += more.count;
    one.sum_ns += more.sum_ns;
  }
  void merge(const ByPosition& other) {
    for (std::size_t i = 0; i < kClasses; ++i) add(first_of(i), other.classes_[i]);
  }
  [[nodiscard]] const std::array<Class, kClasses>& classes() const { return classes_; }
  /// The first place of a class; the last class has no end.
  [[nodiscard]] static std::uint64_t first_of(std::size_t i) {
    return i == 0 ? 0 : std::uint64_t{1} << (i - 1);
  }

 private:
  [[nodiscard]] static std::size_t class_of(std::uint64_t position) {
    const auto width = static_cast<std::size_t>(std::bit_width(position));
    return width < kClasses ? width : kClasses - 1;
  }
  std::array<Class, kClasses> classes_{};
};

}  // namespace hopcost::loadgen
