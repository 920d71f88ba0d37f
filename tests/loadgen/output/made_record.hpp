#pragma once

#include "loadgen/record.hpp"

namespace hopcost::loadgen::test {

/// A valid run of 2 s from 2026-11-22T15:28:03Z on: 1 000 streams that took 1 to 1 000 ms, their
/// first tokens in a tenth of it, and no failure.
[[nodiscard]] RunRecord made_record();

/// The same with `failed` more requests, each failed after 2 ms.
[[nodiscard]] RunRecord with_failures(RunRecord record, int failed);

/// The same, judged by these.
[[nodiscard]] RunRecord judged(RunRecord record, std::initializer_list<const char*> fail_if,
                               const char* slo = "");

}  // namespace hopcost::loadgen::test
