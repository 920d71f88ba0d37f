#pragma once

#include <stdexcept>
#include <string>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "common/base64.hpp"

namespace hopcost::test {

/// What `web::packed` has packed.
inline std::string inflated(const std::string& packed) {
  const auto bytes = from_base64(packed);
  if (!bytes) throw std::runtime_error("no base64");
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::runtime_error("inflateInit");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes->data()));
  stream.avail_in = static_cast<uInt>(bytes->size());
  std::string out;
  char buffer[65536];
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("not deflated");
  return out;
}

/// The data that a page holds.
inline nlohmann::json data_of(const std::string& page) {
  const std::string before = "<script id=\"record\" type=\"application/octet-stream\">";
  const auto at = page.find(before);
  if (at == std::string::npos) throw std::runtime_error("the page holds no data");
  const auto from = at + before.size();
  return nlohmann::json::parse(inflated(page.substr(from, page.find("</script>", from) - from)));
}

}  // namespace hopcost::test
