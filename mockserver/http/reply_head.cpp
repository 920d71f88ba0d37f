#include "mockserver/http/reply_head.hpp"

#include <array>
#include <charconv>

#include <boost/beast/http/status.hpp>

#include "mockserver/api/digits.hpp"

namespace hopcost::mockserver {

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
  std::array<char, 18> size{};
  const auto [end, ec] =
      std::to_chars(size.data(), size.data() + size.size() - 2, out.size() - begin, 16);
  const auto length = static_cast<std::size_t>(end - size.data());
  size[length] = '\r';
  size[length + 1] = '\n';
  out.insert(begin, size.data(), length + 2);
  out += "\r\n";
}

}  // namespace hopcost::mockserver
