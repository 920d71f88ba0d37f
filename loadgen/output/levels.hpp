#pragma once

#include <vector>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// The loads of a run in their order, as formats with stages or benchmarks have them: its stages,
/// or where it has none the whole run as the only one. Stages in which nothing was due, pauses, are
/// left out: readers of those formats refuse a load of nothing.
[[nodiscard]] std::vector<StageResult> levels_of(const RunRecord& record);

/// JSON as YAML 1.1 reads it too: a number with an exponent has a point there, else it is a text.
[[nodiscard]] std::string yaml_text(std::string json);

/// When a point of the run's monotonic clock was, ns since the epoch.
[[nodiscard]] Nanos epoch_of(const RunRecord& record, Nanos monotonic_ns);

/// Requests under way at once, on average over a level's seconds.
[[nodiscard]] double mean_in_flight(const StageResult& level);

/// The requests of level `index` that were kept one by one, by the time they were sent.
[[nodiscard]] std::vector<RequestRow> rows_of(const RunRecord& record, std::size_t index);

}  // namespace hopcost::loadgen
