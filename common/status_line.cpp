#include "common/status_line.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace hopcost {
namespace {

constexpr std::size_t kUsualColumns = 80;

/// A code point and how many bytes it takes; 0 bytes: what is there is no UTF-8.
struct Letter {
  std::uint32_t code = 0;
  std::size_t size = 0;
};

Letter letter_at(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  const std::size_t size = first < 0xC2   ? 0U
                           : first < 0xE0 ? 2U
                           : first < 0xF0 ? 3U
                           : first < 0xF5 ? 4U
                                          : 0U;
  if (size == 0 || text.size() < size) return {};
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  // Written longer than it has to be, half of a pair, or beyond the last.
  const std::uint32_t least = size == 3 ? 0x800U : size == 4 ? 0x10000U : 0x80U;
  if (code < least || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return {};
  return {code, size};
}

/// Whether a terminal would obey it, end the line, or turn what follows around.
bool is_command(std::uint32_t code) {
  const auto in = [code](std::uint32_t from, std::uint32_t to) {
    return code >= from && code <= to;
  };
  return code < 0x20 || in(0x7F, 0x9F) || code == 0x61C || in(0x200B, 0x200F) ||
         in(0x2028, 0x202E) || in(0x2060, 0x206F) || code == 0xFEFF;
}

std::size_t standard_error_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

void write_to_standard_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto letter = letter_at(text);
    const std::size_t size = std::max<std::size_t>(letter.size, 1);
    if (letter.size == 0 || is_command(letter.code)) {
      for (const char byte : text.substr(0, size)) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (true) {
    const auto end = text.find('\n');
    out += printable(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::size_t columns_of(std::string_view printable_text) {
  std::size_t columns = 0;
  while (!printable_text.empty()) {
    const auto size = std::max<std::size_t>(letter_at(printable_text).size, 1);
    columns += size == 1 ? 1 : 2;
    printable_text.remove_prefix(size);
  }
  return columns;
}

std::string fitted(std::string_view printable_text, std::size_t columns) {
  if (columns_of(printable_text) <= columns) return std::string(printable_text);
  const std::string_view dots = std::string_view("...").substr(0, columns);
  std::size_t used = dots.size();
  std::size_t kept = 0;
  while (kept < printable_text.size()) {
    const auto size = std::max<std::size_t>(letter_at(printable_text.substr(kept)).size, 1);
    const std::size_t wide = size == 1 ? 1 : 2;
    if (used + wide > columns) break;
    used += wide;
    kept += size;
  }
  return std::string(printable_text.substr(0, kept)) + std::string(dots);
}

StatusLine::StatusLine() : StatusLine(write_to_standard_error, standard_error_columns) {}

StatusLine::StatusLine(Write write, Columns columns)
    : write_(std::move(write)), columns_(std::move(columns)) {}

StatusLine::StatusLine(StatusLine&& other) noexcept
    : write_(std::move(other.write_)),
      columns_(std::move(other.columns_)),
      shown_(std::exchange(other.shown_, 0)) {}

StatusLine::~StatusLine() {
  clear();
}

/// The last column stays free: some terminals go to the next line when it is written.
std::size_t StatusLine::room() const {
  return std::max<std::size_t>(columns_(), 2) - 1;
}

void StatusLine::show(std::string_view name, std::string_view rest) {
  constexpr std::size_t kLeastName = 12;  // or as much as there is
  const std::size_t columns = room();
  const auto tail = printable(rest);
  const std::size_t taken = columns_of(tail);
  const std::size_t left = std::max(columns - std::min(columns, taken), kLeastName);
  auto line = fitted(fitted(printable(name), left) + tail, columns);
  const std::size_t wide = columns_of(line);
  // A terminal that has become narrower has wrapped what was there: that cannot be undone.
  line.append(std::min(columns, std::max(shown_, wide)) - wide, ' ');
  write_("\r" + line);
  shown_ = wide;
}

void StatusLine::clear() {
  if (shown_ == 0) return;
  std::string blank(
      1, '\r');  // appended to: g++ 12 warns of "literal" + string here, wrongly (PR 105651)
  blank.append(std::min(shown_, room()), ' ').push_back('\r');
  write_(blank);
  shown_ = 0;
}

}  // namespace hopcost
