#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// What to_json(RunRecord) wrote: options as far as outputs need them, the result, and the
/// judgement, made anew from the stated thresholds and targets. An Error names the field.
[[nodiscard]] Result<RunRecord> record_from_json(const nlohmann::json& json);

/// The record of a folder, or of the file itself, as stored_record() finds it.
[[nodiscard]] Result<RunRecord> read_record(const std::string& path);

/// Adds one more share of the same run; its judgement is then to be made anew. An Error where it is
/// not a share of the same: other targets, models, interface or mode.
[[nodiscard]] Result<void> add_share(RunRecord& all, const RunRecord& share);

}  // namespace hopcost::loadgen
