#include "loadgen/live_view.hpp"

#include <fmt/format.h>

#include "loadgen/output/html.hpp"

namespace hopcost::loadgen {

void LiveView::follow(const Options& options, const Monitor& monitor) {
  const std::scoped_lock lock(mutex_);
  options_ = &options;
  monitor_ = &monitor;
  began_ns_ = epoch_now_ns();
  ++runs_;
}

void LiveView::leave() {
  const std::scoped_lock lock(mutex_);
  last_ = data_now();
  options_ = nullptr;
  monitor_ = nullptr;
}

web::LiveSource LiveView::source() {
  return {[this] { return stamp(); }, [this] { return data(); }};
}

std::string LiveView::stamp() const {
  const std::scoped_lock lock(mutex_);
  return fmt::format("{}.{}", runs_, monitor_ != nullptr ? monitor_->complete() : 0);
}

Result<nlohmann::json> LiveView::data() {
  const std::scoped_lock lock(mutex_);
  if (monitor_ != nullptr && (monitor_->complete() > 0 || last_.is_null())) last_ = data_now();
  if (last_.is_null()) return fail(ErrorCode::not_valid, "nothing has been sent yet");
  return last_;
}

nlohmann::json LiveView::data_now() const {
  RunRecord record{*options_,     monitor_->so_far(), {}, began_ns_ + options_->warmup, {}, {},
                   suite_.target, suite_.scenario};
  record.judgement = judge(record.options, record.result);
  // What has not been sent yet is no fault of it.
  if (record.result.counters.sent == 0) record.judgement.faults.clear();
  return page_data(record);
}

}  // namespace hopcost::loadgen
