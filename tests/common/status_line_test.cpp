#include "common/status_line.hpp"

#include <algorithm>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;

namespace {

/// A terminal of a given width: what its one line shows, and whether a second one was ever needed.
struct Screen {
  std::size_t width = 40;
  std::string line;
  bool wrapped = false;
  std::string written;

  void take(std::string_view text) {
    written += text;
    for (const char c : text) {
      if (c == '\r') {
        at = 0;
      } else {
        if (at >= width - 1) wrapped = true;
        if (at >= line.size()) line.resize(at + 1, ' ');
        line[at++] = c;
      }
    }
  }
  [[nodiscard]] std::string shown() const {
    const auto end = line.find_last_not_of(' ');
    return end == std::string::npos ? "" : line.substr(0, end + 1);
  }
  [[nodiscard]] StatusLine status_line() {
    return {[this](std::string_view text) { take(text); }, [this] { return width; }};
  }

  std::size_t at = 0;
};

}  // namespace

TEST_CASE("what a terminal would obey is shown, and letters stay what they are") {
  CHECK(printable("plain text") == "plain text");
  CHECK(printable("\x1b[31mred\x1b[0m\r\n\x07") == "\\x1b[31mred\\x1b[0m\\x0d\\x0a\\x07");
  CHECK(printable("größer 東京 🙂") == "größer 東京 🙂");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");  // an escape sequence in one letter
  CHECK(printable("\xe2\x80\xae"
                  "abc") ==
        "\\xe2\\x80\\xae"
        "abc");  // turns what follows around
  CHECK(printable(std::string("\0", 1)) == "\\x00");
}

TEST_CASE("bytes that are no UTF-8 are written out, wherever a text is cut") {
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // a slash, longer than it has to be
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // half of a pair
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  const std::string text = "aé東🙂\x1b[0m";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const auto whole = printable(text.substr(0, at)) + printable(text.substr(at));
    CAPTURE(at, whole);
    const auto obeyed = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    CHECK(std::ranges::none_of(whole, obeyed));
    CHECK(printable(whole) == whole);
  }
}

TEST_CASE("a text is cut to so many columns, never inside a letter") {
  CHECK(fitted("short", 5) == "short");
  CHECK(fitted("longer", 5) == "lo...");
  CHECK(fitted("longer", 2) == "..");
  CHECK(fitted("longer", 0).empty());
  const std::string text = "a東京b🙂cdé";
  for (std::size_t columns = 0; columns < 16; ++columns) {
    const auto cut = fitted(text, columns);
    CAPTURE(columns, cut);
    CHECK(columns_of(cut) <= columns);
    CHECK(printable(cut) == cut);  // still UTF-8
  }
}

TEST_CASE("a status line is one line at every width, and its name gives way first") {
  const std::string name(10'000, 'n');
  for (std::size_t width = 1; width < 120; ++width) {
    Screen screen;
    screen.width = std::max<std::size_t>(width, 2);
    auto line = screen.status_line();
    line.show(name, "  round 1/2  +23.4 us [19.1, 27.7]");
    CAPTURE(width, screen.shown());
    CHECK_FALSE(screen.wrapped);
    if (width >= 60) CHECK(screen.shown().ends_with("...  round 1/2  +23.4 us [19.1, 27.7]"));
  }
}

TEST_CASE("a shorter line leaves nothing of a longer one, and in the end nothing is left") {
  Screen screen;
  {
    auto line = screen.status_line();
    line.show("a long name", "  and what it does");
    line.show("short", "");
    CHECK(screen.shown() == "short");
    line.clear();
    CHECK(screen.shown().empty());
    line.show("again", "");
    CHECK(screen.shown() == "again");
  }
  CHECK(screen.shown().empty());
}

TEST_CASE("a terminal that becomes narrower is still written on one line") {
  Screen screen;
  auto line = screen.status_line();
  line.show(std::string(100, 'x'), "");
  screen.width = 20;
  screen.line.resize(19);  // what was wrapped is elsewhere
  line.show(std::string(100, 'y'), "");
  CHECK(screen.shown() == std::string(16, 'y') + "...");
  line.clear();
  CHECK_FALSE(screen.wrapped);
}

TEST_CASE("hostile names are shown as text, and send nothing but their letters and a return") {
  Screen screen;
  screen.width = 200;
  auto line = screen.status_line();
  line.show("\x1b]0;title\x07\x1b[2J\n", "  \x1b[31m");
  CHECK(screen.shown() == "\\x1b]0;title\\x07\\x1b[2J\\x0a  \\x1b[31m");
  for (const char c : screen.written) CHECK((c == '\r' || c >= ' '));
}

TEST_CASE("lines stay lines, and nothing else in them is a command") {
  CHECK(printable_lines("a\n\x1b[31mb\r\n") == "a\n\\x1b[31mb\\x0d\n");
  CHECK(printable_lines("") == "");
}
