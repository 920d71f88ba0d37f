#include "loadgen/measure/request_log.hpp"

#include <algorithm>
#include <utility>

#include "common/random.hpp"

namespace hopcost::loadgen {

std::uint64_t RequestLog::hash_of(std::uint64_t number) {
  return Random::mix(number);
}

void RequestLog::add(RequestRow row) {
  if (!wants(row.number)) return;
  if (kept_.size() == most_) {
    std::ranges::pop_heap(kept_, {}, &Kept::hash);
    kept_.pop_back();
  }
  const auto hash = hash_of(row.number);
  kept_.push_back({hash, std::move(row)});
  std::ranges::push_heap(kept_, {}, &Kept::hash);
}

void RequestLog::merge(const RequestLog& other) {
  most_ = std::max(most_, other.most_);
  for (const auto& kept : other.kept_) add(kept.row);
}

std::vector<RequestRow> RequestLog::rows() const {
  std::vector<RequestRow> rows;
  rows.reserve(kept_.size());
  for (const auto& kept : kept_) rows.push_back(kept.row);
  std::ranges::sort(rows, {},
                    [](const RequestRow& row) { return std::pair(row.send, row.number); });
  return rows;
}

}  // namespace hopcost::loadgen
