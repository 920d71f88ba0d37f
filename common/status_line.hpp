#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace hopcost {

/// The text as it may stand on a terminal: what would be obeyed instead of shown (escape sequences,
/// line ends, marks that turn the direction of writing) and bytes that are no UTF-8 are written out
/// as "\x1b".
[[nodiscard]] std::string printable(std::string_view text);

/// The same line by line: line feeds stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// How many columns a printable text takes, at most: whatever is not ASCII may be two wide.
[[nodiscard]] std::size_t columns_of(std::string_view printable_text);

/// A printable text that takes at most `columns`; where something is left out it ends in "...".
[[nodiscard]] std::string fitted(std::string_view printable_text, std::size_t columns);

/// One line on a terminal, written over again and again. It never takes a second one, however long
/// the text and narrow the terminal, and shows control characters instead of sending them. Gone
/// with this object. For one thread at a time.
class StatusLine {
 public:
  using Write = std::function<void(std::string_view)>;
  using Columns = std::function<std::size_t()>;

  /// On standard error, as wide as it is at the time.
  StatusLine();
  StatusLine(Write write, Columns columns);
  ~StatusLine();
  StatusLine(StatusLine&& other) noexcept;
  StatusLine& operator=(StatusLine&&) = delete;

  /// `name` may be of any length and gives way: of `rest` nothing is left out as long as it fits.
  void show(std::string_view name, std::string_view rest);
  /// Takes the line away, so that something else can be written.
  void clear();

 private:
  [[nodiscard]] std::size_t room() const;

  Write write_;
  Columns columns_;
  std::size_t shown_ = 0;  ///< columns that may have to be written over
};

}  // namespace hopcost
