#include "mockserver/http/reply_head.hpp"

#include <array>
#include <charconv>

#include <boost/beast/http/status.hpp>

#include "mockserver/api/digits.hpp"

namespace hopcost::mockserver {
namespace {

class HexDigits {
 public:
  explicit HexDigits(std::size_t value)
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), value, 16).ptr) {}
  [[nodiscard]] std::string_view view() const { return {digits_.data(), end_}; }

 private:
  std::array<char, 16> digits_;
  const char* end_;
};

}  // namespace

std::string_view reason_phrase(int status) {
  if (status == 413) return "Content Too Large";  // the names of RFC 9110, newer than Beast's
  if (status == 422) return "Unprocessable Content";
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == boost::beast::http::status::unknown) return "Unknown";
  const auto text = boost::beast::http::obsolete_reason(known);
  return {text.data(), text.size()};
}

void append_reply_head(std::string& out, const ReplyHead& head) {
  if (head.status == 200) [[likely]] {
    out += "HTTP/1.1 200 OK\r\nDate: ";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(head.status));
    out += ' ';
    out += reason_phrase(head.status);
    out += "\r\nDate: ";
  }
  out += head.date;
  if (!head.content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += head.content_type;
  }
  if (head.length) {
    out += "\r\nContent-Length: ";
    append_number(out, *head.length);
  } else if (head.chunked) {
    out += "\r\nTransfer-Encoding: chunked";
  }
  out += "\r\nx-request-id: req_";
  out += head.request_id;
  if (head.processing_ns) {
    out += "\r\nopenai-version: 2020-10-01\r\nopenai-processing-ms: ";
    append_number(out, static_cast<std::uint64_t>(*head.processing_ns / kMillisecond));
  }
  out += "\r\n";
  if (head.cors) {
    out += "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n";
  }
  out += head.lines;
  if (head.connection == ConnectionField::close) {
    out += "Connection: close\r\n";
  } else if (head.connection == ConnectionField::keep_alive) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

void frame_chunk(std::string& out, std::size_t begin) {
  out.insert(begin, "\r\n");
  close_chunk(out, {begin, 0});
}

OpenChunk open_chunk(std::string& out, std::size_t guess) {
  const OpenChunk chunk{out.size(), HexDigits(guess).view().size()};
  out.append(chunk.digits, '0');
  out += "\r\n";
  return chunk;
}

std::size_t close_chunk(std::string& out, OpenChunk chunk) {
  const std::size_t size = out.size() - chunk.at - chunk.digits - 2;
  const HexDigits digits(size);
  out.replace(chunk.at, chunk.digits, digits.view());
  out += "\r\n";
  return size;
}

}  // namespace hopcost::mockserver
