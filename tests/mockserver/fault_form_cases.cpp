#include "tests/catch.hpp"
#include "tests/mockserver/fault_cases.hpp"

namespace hopcost::mockserver::fault_cases {

using enum FaultKind;

namespace {

void check_many_data_lines(const Reply& reply) {
  check_said(reply);
  CHECK(count_of(reply.body, "data:") > 2 * reply.events().size());
}

}  // namespace

std::vector<Case> form_cases() {
  const bool s = true;
  return {
      {crlf, "crlf", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(count_of(reply.body, "\n") == count_of(reply.body, "\r\n"));
       }},
      {cr, "cr", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(reply.body.find('\n') == std::string::npos);
       }},
      {mixed_line_ends, "mixed-line-ends", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(count_of(reply.body, "\r\n") > 0);
         CHECK(count_of(reply.body, "\r\n") < count_of(reply.body, "\r"));
         CHECK(count_of(reply.body, "\r\n") < count_of(reply.body, "\n"));
       }},
      {comments, "comments", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(count_of(reply.body, ": ping\n\n") == reply.events().size());
       }},
      {split_data_lines, "split-data-lines", s, Ends::whole, check_many_data_lines},
      {event_without_data, "event-without-data", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(count_of(reply.body, "event: nothing\n\n") == reply.events().size());
       }},
      {no_space, "no-space", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(count_of(reply.body, "data: ") == 0);
       }},
      {id_retry_fields, "id-retry-fields", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(count_of(reply.body, "id: ") == reply.events().size());
         CHECK(count_of(reply.body, "retry: ") == 1);
       }},
      {bom, "bom", s, Ends::whole,
       [](const Reply& reply) {
         check_said(reply);
         CHECK(reply.body.starts_with(kByteOrderMark));
       }},
      {keep_alive, "keep-alive; gap=1ms, mid-stream-stall; after=2", s, Ends::stall,
       [](const Reply& raw) {
         CHECK(count_of(raw.body, ": ping\n\n") >= 3);
         CHECK(words_in(raw.body) == 2);
       }},
      {trickle, "trickle; gap=0", s, Ends::whole, check_said},
      {split, "split; gap=10us", s, Ends::whole, check_said},
      {split_utf8, "split-utf8; gap=10us", s, Ends::whole, check_multibyte},
      {coalesce, "coalesce; events=3", s, Ends::whole, check_said},
  };
}

}  // namespace hopcost::mockserver::fault_cases
