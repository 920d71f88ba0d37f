#include "loadgen/output/time_text.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

std::tm utc(Nanos since_epoch_ns) {
  return fmt::gmtime(static_cast<std::time_t>(since_epoch_ns / kSecond));
}

}  // namespace

std::string utc_text(Nanos since_epoch_ns) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc(since_epoch_ns));
}

std::string utc_text_us(Nanos since_epoch_ns) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}", utc(since_epoch_ns),
                     since_epoch_ns % kSecond / kMicrosecond);
}

std::string utc_stamp(Nanos since_epoch_ns) {
  return fmt::format("{:%Y%m%d-%H%M%S}", utc(since_epoch_ns));
}

}  // namespace hopcost::loadgen
