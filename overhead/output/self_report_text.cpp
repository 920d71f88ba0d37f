#include "overhead/output/self_report_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/output/columns.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {
namespace {

std::string interval(const Estimate& estimate) {
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", estimate.value / 1e3, estimate.low / 1e3,
                     estimate.high / 1e3);
}

}  // namespace

std::string self_reports_text(std::span<const Cell> cells) {
  std::vector<std::vector<std::string>> rows{
      {"cell", "header", "states its", "measured", "reported", "unexplained"}};
  for (const auto& cell : cells) {
    const auto found = cell.overheads.find(cell.headline());
    if (!cell.own_report || found == cell.overheads.end()) continue;
    const auto& declared = *cell.self_reported;
    rows.push_back({cell.id, declared.header.name, means_name(declared.means),
                    interval(found->second.difference), interval(cell.own_report->reported),
                    interval(cell.own_report->unexplained)});
  }
  if (rows.size() == 1) return {};
  return "\nWhat stacks say of their own overhead, in microseconds (unexplained: measured minus "
         "reported)\n" +
         aligned(rows);
}

nlohmann::json self_report_json(const Cell& cell) {
  if (!cell.self_reported) return nullptr;
  nlohmann::json json{{"header", cell.self_reported->header.name},
                      {"means", means_name(cell.self_reported->means)},
                      {"reported", nullptr},
                      {"unexplained", nullptr}};
  if (cell.own_report) {
    json["reported"] = to_json(cell.own_report->reported);
    json["unexplained"] = to_json(cell.own_report->unexplained);
  }
  return json;
}

}  // namespace hopcost::overhead
