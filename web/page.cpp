#include "web/page.hpp"

#include <cmath>
#include <cstdlib>
#include <new>
#include <zlib.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base64.hpp"
#include "web/template.hpp"

namespace hopcost::web {

bool has_page() {
  return !kHead.empty();
}

std::string packed(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::string bytes(size, '\0');
  // It cannot fail with so much room, but for want of memory.
  if (compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                reinterpret_cast<const Bytef*>(text.data()), text.size(),
                Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  bytes.resize(size);
  std::string out;
  append_base64(out, bytes);
  return out;
}

Result<std::string> page(const nlohmann::json& data) {
  if (!has_page()) return fail(ErrorCode::not_valid, std::string(kNoPage));
  // Bytes that are no UTF-8 (a log line can hold anything) become the replacement character.
  const auto text = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return fmt::format("{}{}{}", kHead, packed(text), kTail);
}

nlohmann::json distribution(const Histogram& histogram) {
  auto shares = nlohmann::json::array();
  auto ns = nlohmann::json::array();
  constexpr int kEach = 8;
  const auto n = static_cast<double>(histogram.count());
  for (int i = 0; std::pow(10.0, static_cast<double>(i) / kEach) < n || i == 0; ++i) {
    const double share = 1 - std::pow(10.0, -static_cast<double>(i) / kEach);
    shares.push_back(rounded(share));
    ns.push_back(rounded(histogram.quantile(share).value_or(0), 4));
  }
  return {{"n", histogram.count()},
          {"mean", rounded(histogram.mean())},
          {"max", histogram.max()},
          {"shares", std::move(shares)},
          {"ns", std::move(ns)}};
}

double rounded(double value, int digits) {
  return std::strtod(fmt::format("{:.{}g}", value, digits).c_str(), nullptr);
}

}  // namespace hopcost::web
