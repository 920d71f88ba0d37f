#include "mockserver/fault/sse_form.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace hopcost::mockserver {
namespace {

constexpr std::string_view kData = "data:";
constexpr std::string_view kEvent = "event:";
constexpr std::size_t kMostPieces = 4;

/// Ends lines in the form asked for.
class LineEnds {
 public:
  LineEnds(std::string& out, LineEnd form, std::uint64_t turn)
      : out_(out), form_(form), turn_(turn) {}

  void end_line(std::string_view line) {
    out_ += line;
    LineEnd end = form_;
    if (form_ == LineEnd::mixed) {
      end = kTurns[turn_++ % kTurns.size()];
      // CR and then LF would be one line end: no blank line, no end of the event.
      if (line.empty() && last_ == LineEnd::cr && end == LineEnd::lf) end = LineEnd::crlf;
    }
    out_ += end == LineEnd::lf ? "\n" : end == LineEnd::crlf ? "\r\n" : "\r";
    last_ = end;
  }

 private:
  static constexpr std::array kTurns{LineEnd::lf, LineEnd::crlf, LineEnd::cr, LineEnd::cr};

  std::string& out_;
  LineEnd form_;
  LineEnd last_ = LineEnd::lf;
  std::uint64_t turn_;
};

/// The value of a field's line: one space after the colon belongs to the form, not to the value.
std::string_view value_of(std::string_view line, std::string_view field) {
  line.remove_prefix(field.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string field_line(std::string_view field, std::string_view value, const SseForm& form) {
  std::string line(field);
  // A value's own space would be taken for the form's.
  if (!form.no_space || value.starts_with(' ')) line += ' ';
  line += value;
  return line;
}

/// The text of an object in pieces, cut behind its brace and its first commas outside strings.
std::vector<std::string_view> pieces_of(std::string_view json) {
  std::vector<std::string_view> pieces;
  if (!json.starts_with('{')) return {json};
  bool in_string = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < json.size() && pieces.size() + 1 < kMostPieces; ++at) {
    const char c = json[at];
    if (in_string && c == '\\') {
      ++at;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (at == 0 || c == ',')) {
      pieces.push_back(json.substr(begin, at + 1 - begin));
      begin = at + 1;
    }
  }
  pieces.push_back(json.substr(begin));
  return pieces;
}

/// One block of lines, without the blank line that ends it.
struct Block {
  std::string_view lines;  ///< each but the last with its LF
  bool ended = false;      ///< a blank line follows
};

Block next_block(std::string_view& rest) {
  Block block;
  const std::size_t at = rest.starts_with('\n') ? 0 : rest.find("\n\n");
  if (at == std::string_view::npos) {
    block.lines = rest;
    rest = {};
    return block;
  }
  block.ended = true;
  block.lines = rest.substr(0, at);
  rest.remove_prefix(at + (at == 0 ? 1U : 2U));
  return block;
}

void append_lines(LineEnds& ends, std::string& out, const Block& block, const SseForm& form) {
  std::string_view rest = block.lines;
  const std::size_t first = rest.starts_with(kData) ? 0 : rest.find("\ndata:");
  const bool one_line =
      first == std::string_view::npos || rest.find("\ndata:", first + 1) == std::string_view::npos;
  while (!rest.empty()) {
    const std::size_t at = rest.find('\n');
    const std::string_view line = rest.substr(0, at);
    // A line that never ends stays so.
    const bool open = at == std::string_view::npos && !block.ended;
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    const auto put = [&](std::string_view text, bool last) {
      if (open && last) {
        out += text;
      } else {
        ends.end_line(text);
      }
    };
    if (line.starts_with(kEvent)) {
      put(field_line(kEvent, value_of(line, kEvent), form), true);
    } else if (line.starts_with(kData)) {
      const auto value = value_of(line, kData);
      const auto pieces =
          form.split_data && one_line ? pieces_of(value) : std::vector<std::string_view>{value};
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        put(field_line(kData, pieces[i], form), i + 1 == pieces.size());
      }
    } else {
      put(line, true);
    }
  }
}

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Where the value of the first data line is that starts with `start`; empty at the end if none.
Span first_data(std::string_view events, std::string_view start) {
  std::size_t at = 0;
  while (at < events.size()) {
    const std::size_t end = std::min(events.find('\n', at), events.size());
    const std::string_view line = events.substr(at, end - at);
    if (line.starts_with(kData)) {
      const std::string_view value = value_of(line, kData);
      if (value.starts_with(start)) return {end - value.size(), end};
    }
    at = end + 1;
  }
  return {events.size(), events.size()};
}

}  // namespace

std::uint64_t append_reformed(std::string& out, std::string_view lf_events, const SseForm& form,
                              std::uint64_t index) {
  const bool plain = form.plain();
  if (plain) out += lf_events;
  std::string_view rest = lf_events;
  LineEnds ends(out, form.line_end, index);
  if (index == 0 && form.bom && !rest.empty()) out += kByteOrderMark;
  while (!rest.empty()) {
    const Block block = next_block(rest);
    if (!plain) {
      if (form.comments) append_ping(out, form);
      if (form.empty_events) {
        ends.end_line(field_line(kEvent, "nothing", form));
        ends.end_line("");
      }
      if (form.id_retry) {
        ends.end_line(field_line("id:", std::to_string(index), form));
        if (index == 0) ends.end_line(field_line("retry:", "3000", form));
      }
      append_lines(ends, out, block, form);
      if (block.ended) ends.end_line("");
    }
    ++index;
  }
  return index;
}

void append_ping(std::string& out, const SseForm& form) {
  LineEnds ends(out, form.line_end, 0);
  ends.end_line(": ping");
  ends.end_line("");
}

std::string_view malformed_body(std::string_view json) {
  std::size_t at = json.size() / 2;
  while (at > 0 && (static_cast<unsigned char>(json[at]) & 0xc0U) == 0x80U) --at;
  return json.substr(0, at);
}

std::string malformed_events(std::string_view lf_events) {
  const Span value = first_data(lf_events, "");
  const auto kept = malformed_body(lf_events.substr(value.begin, value.end - value.begin));
  std::string out(lf_events.substr(0, value.begin));
  out += kept;
  out += lf_events.substr(value.end);
  return out;
}

std::string huge_events(std::string_view lf_events, std::size_t size) {
  const Span value = first_data(lf_events, "{");
  std::string out(lf_events);
  if (value.begin == value.end || lf_events[value.end - 1] != '}') return out;
  const std::size_t before = lf_events.rfind("\n\n", value.begin);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 2;
  const std::size_t blank = lf_events.find("\n\n", value.end);
  const std::size_t end = blank == std::string_view::npos ? lf_events.size() : blank + 2;
  // Behind the last member, so that a stamp keeps its place.
  if (end - begin < size) out.insert(value.end - 1, size - (end - begin), ' ');
  return out;
}

std::string_view unterminated(std::string_view lf_events) {
  if (lf_events.ends_with("\n\n")) lf_events.remove_suffix(1);
  return lf_events;
}

std::string http_page(int status) {
  const std::string_view reason = status == 200   ? "OK"
                                  : status == 502 ? "Bad Gateway"
                                  : status == 503 ? "Service Unavailable"
                                  : status == 504 ? "Gateway Timeout"
                                                  : "Error";
  return fmt::format(
      "<!DOCTYPE html>\r\n<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n"
      "<h1>{0} {1}</h1>\r\n<hr><p>proxy</p>\r\n</body>\r\n</html>\r\n",
      status, reason);
}

}  // namespace hopcost::mockserver
