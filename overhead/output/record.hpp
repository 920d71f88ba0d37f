#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/write_file.hpp"
#include "overhead/measure/study.hpp"
#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// run.json: the record that every report is rendered from. results/README.md explains the fields.
[[nodiscard]] nlohmann::json record_json(const Study& study, const std::string& command_line);

[[nodiscard]] nlohmann::json to_json(const Estimate& estimate);

/// What `read_study` would read of the record once it stands in `file`.
[[nodiscard]] ReadStudy as_read(const Study& study, const std::filesystem::path& file);

/// The record's text: a field a line, lists of plain values on one line each.
[[nodiscard]] std::string record_text(const nlohmann::json& record);

}  // namespace hopcost::overhead
