#include <nlohmann/json.hpp>

#include "overhead/harness/run_only.hpp"
#include "overhead/output/json_field.hpp"

namespace hopcost::overhead {

using nlohmann::json;

std::string outcomes_text(const std::vector<WorkloadOutcome>& outcomes) {
  json list = json::array();
  for (const auto& outcome : outcomes) {
    json folders = json::array();
    for (const auto& folder : outcome.folders) folders.push_back(folder.string());
    list.push_back({{"workload", outcome.workload},
                    {"folders", folders},
                    {"valid", outcome.valid},
                    {"stopped", outcome.stopped}});
  }
  return list.dump();
}

Result<std::vector<WorkloadOutcome>> outcomes_from(const std::string& text) {
  const auto list = json::parse(text, nullptr, false);
  if (list.is_discarded()) return fail(ErrorCode::protocol, "no JSON of outcomes");
  return catch_errors([&] {
    std::vector<WorkloadOutcome> outcomes;
    JsonField(list, "").each_item([&](const JsonField& item) {
      WorkloadOutcome outcome;
      outcome.workload = item.at("workload").as<std::string>();
      item.at("folders").each_item(
          [&](const JsonField& folder) { outcome.folders.emplace_back(folder.as<std::string>()); });
      outcome.valid = item.at("valid").as<bool>();
      outcome.stopped = item.at("stopped").as<bool>();
      outcomes.push_back(std::move(outcome));
    });
    return outcomes;
  });
}

}  // namespace hopcost::overhead
