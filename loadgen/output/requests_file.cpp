#include "loadgen/output/requests_file.hpp"

#include <nlohmann/json.hpp>

#include "loadgen/output/levels.hpp"

namespace hopcost::loadgen {

std::string requests_jsonl(const RunRecord& record) {
  using Json = nlohmann::ordered_json;
  const auto& options = record.options;
  std::string out;
  for (const auto& row : record.result.requests.rows()) {
    const auto at = [&](Nanos monotonic) {
      return monotonic == 0 ? Json(nullptr) : Json(epoch_of(record, monotonic));
    };
    Json json{{"number", row.number},
              {"stage", row.slice.stage},
              {"target", options.targets.at(row.slice.target).url()},
              {"model", options.models.at(row.slice.model).name}};
    if (!options.classes.empty()) json["class"] = options.classes.at(row.slice.kind).share.name;
    json["intended_ns"] = at(row.intended);
    json["send_ns"] = at(row.send);
    json["headers_ns"] = at(row.headers);
    json["first_byte_ns"] = at(row.first_byte);
    json["first_choices_ns"] = at(row.first_choices);
    json["first_content_ns"] = at(row.first_content);
    json["last_content_ns"] = at(row.last_content);
    json["close_ns"] = at(row.close);
    json["prompt_asked"] = row.prompt_asked;
    json["output_asked"] = row.output_asked;
    json["prompt_tokens"] = row.prompt_tokens;
    json["output_tokens"] = row.output_tokens;
    json["chunks"] = row.chunks;
    json["status"] = row.status;
    json["attempts"] = row.attempts;
    json["failure"] = row.failure == Failure::none
                          ? Json(nullptr)
                          : Json(kFailureNames[static_cast<std::size_t>(row.failure)]);
    json["message"] = row.message;
    out += json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return out;
}

}  // namespace hopcost::loadgen
