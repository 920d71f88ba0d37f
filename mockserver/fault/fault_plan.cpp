#include "mockserver/fault/fault_plan.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace hopcost::mockserver {
namespace {

constexpr int kDefaultError = 500;
constexpr int kDefaultPage = 502;
constexpr std::uint32_t kDefaultHuge = 1U << 20U;
constexpr std::uint32_t kDefaultSplit = 7;
constexpr std::uint32_t kDefaultEvents = 8;

void set_wait(Nanos& field, const Fault& fault, Nanos without) {
  if (field == 0) field = fault.duration_ns.value_or(without);
}

void set_error(FaultPlan& plan, const Fault& fault) {
  set_wait(plan.header_stall_ns, fault, 0);
  if (plan.error_status != 0) return;
  plan.error_status = fault.status.value_or(kDefaultError);
  plan.error_code = fault.code;
  plan.retry_after = fault.retry_after;
  plan.retry_after_ms = fault.retry_after_ms;
  plan.should_retry = fault.should_retry;
}

void set_event_error(FaultPlan& plan, const Fault& fault, std::uint32_t after) {
  if (plan.event_error_status != 0) return;
  plan.event_error_status = fault.status.value_or(kDefaultError);
  plan.event_error_after = after;
  plan.event_error_code = fault.code;
}

void set_early_cut(FaultPlan& plan, const Fault& fault, Cut cut) {
  set_wait(plan.header_stall_ns, fault, 0);
  if (plan.cut_before_reply == Cut::none) plan.cut_before_reply = cut;
}

void set_cut(FaultPlan& plan, Cut cut, std::uint32_t after) {
  if (plan.cut != Cut::none) return;
  plan.cut = cut;
  plan.cut_after = after;
}

void set_line_end(FaultPlan& plan, LineEnd line_end) {
  if (plan.form.line_end == LineEnd::lf) plan.form.line_end = line_end;
}

void set_writes(WriteShape& write, const Fault& fault, std::uint32_t bytes) {
  if (write.whole()) write.gap_ns = fault.gap_ns.value_or(kMillisecond);
  if (bytes == 0) {
    write.split_utf8 = true;
  } else if (write.bytes == 0) {
    write.bytes = bytes;
  }
}

}  // namespace

void FaultPlan::add(const Fault& fault) {
  kinds |= std::uint64_t{1} << static_cast<unsigned>(fault.kind);
  const std::uint32_t after = fault.after.value_or(1);
  switch (fault.kind) {
    case FaultKind::error:
      return set_error(*this, fault);
    case FaultKind::header_stall:
      return set_wait(header_stall_ns, fault, kForEver);
    case FaultKind::close_before_reply:
      return set_early_cut(*this, fault, Cut::close);
    case FaultKind::reset_before_reply:
      return set_early_cut(*this, fault, Cut::reset);
    case FaultKind::close_after_head:
      cut_after_head = Cut::close;
      return;
    case FaultKind::wrong_content_type:
      wrong_content_type = true;
      return;
    case FaultKind::empty_body:
      if (body == BodyKind::answer) body = BodyKind::empty;
      return;
    case FaultKind::html_body:
      if (body != BodyKind::answer) return;
      body = BodyKind::html;
      body_status = fault.status.value_or(kDefaultPage);
      return;
    case FaultKind::first_token_stall:
      return set_wait(first_token_stall_ns, fault, kForEver);
    case FaultKind::mid_stream_stall:
      if (mid_stall_ns == 0) mid_stall_after = after;
      return set_wait(mid_stall_ns, fault, kForEver);
    case FaultKind::close:
      return set_cut(*this, Cut::close, after);
    case FaultKind::reset:
      return set_cut(*this, Cut::reset, after);
    case FaultKind::error_event:
      return set_event_error(*this, fault, after);
    case FaultKind::malformed_json:
      if (!malformed_after) malformed_after = after;
      return;
    case FaultKind::huge_event:
      if (huge_after) return;
      huge_after = after;
      huge_size = fault.size.value_or(kDefaultHuge);
      return;
    case FaultKind::no_done:
      no_done = true;
      return;
    case FaultKind::unterminated_event:
      unterminated = true;
      return;
    case FaultKind::truncated_body:
      truncated = true;
      return;
    case FaultKind::crlf:
      return set_line_end(*this, LineEnd::crlf);
    case FaultKind::cr:
      return set_line_end(*this, LineEnd::cr);
    case FaultKind::mixed_line_ends:
      return set_line_end(*this, LineEnd::mixed);
    case FaultKind::comments:
      form.comments = true;
      return;
    case FaultKind::keep_alive:
      if (ping_every_ns == 0) ping_every_ns = fault.gap_ns.value_or(kSecond);
      return;
    case FaultKind::split_data_lines:
      form.split_data = true;
      return;
    case FaultKind::event_without_data:
      form.empty_events = true;
      return;
    case FaultKind::no_space:
      form.no_space = true;
      return;
    case FaultKind::id_retry_fields:
      form.id_retry = true;
      return;
    case FaultKind::bom:
      form.bom = true;
      return;
    case FaultKind::trickle:
      return set_writes(write, fault, fault.bytes.value_or(1));
    case FaultKind::split:
      return set_writes(write, fault, fault.bytes.value_or(kDefaultSplit));
    case FaultKind::split_utf8:
      return set_writes(write, fault, 0);
    case FaultKind::coalesce:
      if (write.events == 1) write.events = fault.events.value_or(kDefaultEvents);
      return;
  }
}

ApiError FaultPlan::error() const {
  return error_for_status(error_status, error_code);
}

ApiError FaultPlan::event_error() const {
  return error_for_status(event_error_status, event_error_code);
}

void FaultPlan::append_error_headers(std::string& head) const {
  const auto out = std::back_inserter(head);
  if (retry_after) fmt::format_to(out, "retry-after: {}\r\n", *retry_after);
  if (retry_after_ms) fmt::format_to(out, "retry-after-ms: {}\r\n", *retry_after_ms);
  if (should_retry) fmt::format_to(out, "x-should-retry: {}\r\n", *should_retry);
}

FaultPlan make_plan(std::span<const Fault> faults) {
  FaultPlan plan;
  for (const auto& fault : faults) plan.add(fault);
  return plan;
}

std::size_t place_in_body(std::size_t size, std::uint32_t after, std::uint32_t tokens) {
  if (size == 0) return 0;
  if (tokens == 0 || after >= tokens) return size - 1;
  const double share = static_cast<double>(after) / static_cast<double>(tokens);
  return std::min(static_cast<std::size_t>(static_cast<double>(size) * share), size - 1);
}

}  // namespace hopcost::mockserver
