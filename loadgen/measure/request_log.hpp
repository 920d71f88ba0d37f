#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "loadgen/measure/tally.hpp"

namespace hopcost::loadgen {

/// To what a request belongs, as positions in the run's stages, targets, models and classes.
struct Slice {
  std::uint16_t stage = 0;
  std::uint16_t target = 0;
  std::uint16_t model = 0;
  std::uint16_t kind = 0;

  bool operator==(const Slice&) const = default;
};

/// One request of a run. Points in time as CLOCK_MONOTONIC ns; 0: never reached.
struct RequestRow {
  std::uint64_t number = 0;
  Slice slice;
  Nanos intended = 0;
  Nanos send = 0;
  Nanos headers = 0;
  Nanos first_byte = 0;
  Nanos first_choices = 0;
  Nanos first_content = 0;
  Nanos last_content = 0;
  Nanos close = 0;
  std::uint64_t prompt_asked = 0;
  std::uint64_t output_asked = 0;
  std::uint64_t prompt_tokens = 0;  ///< as usage says; as asked where it says nothing
  std::uint64_t output_tokens = 0;
  std::uint64_t chunks = 0;
  int status = 0;
  int attempts = 1;
  Failure failure = Failure::none;
  std::string message;
};

/// Keeps at most so many requests of a run, each as likely as any other: those whose numbers have
/// the smallest hashes. So logs of threads and processes merge into the log of all of them.
class RequestLog {
 public:
  RequestLog() = default;
  explicit RequestLog(std::size_t most) : most_(most) {}

  /// Whether the request would be kept: ask before a row is made.
  [[nodiscard]] bool wants(std::uint64_t number) const {
    return most_ > 0 && (kept_.size() < most_ || hash_of(number) < kept_.front().hash);
  }
  void add(RequestRow row);
  void merge(const RequestLog& other);
  /// By the time they were sent.
  [[nodiscard]] std::vector<RequestRow> rows() const;
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::uint64_t hash = 0;
    RequestRow row;
  };
  static std::uint64_t hash_of(std::uint64_t number);

  std::size_t most_ = 0;
  std::vector<Kept> kept_;  ///< a heap, the largest hash in front
};

}  // namespace hopcost::loadgen
