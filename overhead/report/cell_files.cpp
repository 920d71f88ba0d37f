#include "overhead/report/cell_files.hpp"

#include "common/clock.hpp"
#include "loadgen/output/format.hpp"

namespace hopcost::overhead {
namespace {

loadgen::RunRecord record_of(const Cell& cell, const std::string& arm, Nanos to_epoch) {
  loadgen::RunRecord record;
  record.options = cell.driven.at(arm);
  record.result = cell.merged.at(arm);
  record.options.duration = record.result.measured_ns;
  record.started_at_ns = record.result.start_ns + to_epoch;
  if (cell.state == State::no_verdict) {
    for (const auto& reason : cell.reasons) record.judgement.faults.push_back({"cell", reason});
  }
  return record;
}

}  // namespace

Result<void> write_cell_files(const std::vector<Cell>& cells, const std::string& formats,
                              const std::filesystem::path& folder) {
  const auto wanted = loadgen::formats_in(formats);
  if (!wanted) return std::unexpected(wanted.error());
  const Nanos to_epoch = epoch_now_ns() - now_ns();
  for (const auto& cell : cells) {
    for (const auto& [arm, driven] : cell.driven) {
      const auto record = record_of(cell, arm, to_epoch);
      for (const auto& format : *wanted) {
        const auto place = folder / "cells" / cell.id / arm;
        if (auto written = loadgen::write_files(place.string(), format.render(record)); !written) {
          return written;
        }
      }
    }
  }
  return {};
}

}  // namespace hopcost::overhead
