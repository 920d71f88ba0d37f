#include "overhead/report/page_data.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "overhead/output/json_field.hpp"
#include "overhead/output/record_reading.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

using Json = nlohmann::json;

/// Raw rounds are drawn of these, and of the headline.
constexpr std::array kRounds{"e2e.p50", "e2e.p99", "ttft.p50", "ttft.p99", kPerChunk};
constexpr std::array kDistributions{"e2e", "ttft", "chunk_gap", "chunk_transit"};

Json short_number(const Json& value) {
  return value.is_number_float() ? Json(web::rounded(value.get<double>())) : value;
}

/// The same with all numbers inside it.
Json short_numbers(Json json) {
  if (!json.is_structured()) return short_number(json);
  for (auto& each : json) each = short_numbers(std::move(each));
  return json;
}

Json interval(const std::optional<Estimate>& estimate) {
  if (!estimate) return nullptr;
  return {web::rounded(estimate->value), web::rounded(estimate->low), web::rounded(estimate->high)};
}

Json added_json(const Cell& cell, const Json& overheads) {
  Json all = Json::object();
  for (const auto& [quantity, overhead] : cell.overheads) {
    const auto& difference = overhead.difference;
    all[quantity] = {
        {"value", web::rounded(difference.value)},
        {"low", web::rounded(difference.low)},
        {"high", web::rounded(difference.high)},
        {"noise", overhead.null ? Json(web::rounded(overhead.noise_floor())) : Json(nullptr)},
        {"detectable", short_number(overheads.at(quantity).at("smallest_detectable"))}};
  }
  return all;
}

Json levels_json(const Cell& cell) {
  Json levels = Json::object();
  for (const auto& arm : {cell.contrast.theirs, cell.contrast.ours}) {
    std::set<std::string> names;
    for (const auto& pass : cell.passes) {
      if (pass.arm != arm) continue;
      for (const auto& [name, value] : pass.quantities) names.insert(name);
    }
    for (const auto& name : names) {
      if (const auto level = arm_level(cell, arm, name)) levels[arm][name] = web::rounded(*level);
    }
  }
  return levels;
}

/// The passes, a column each; a quantity that no pass has is left out.
Json passes_json(const Cell& cell, const JsonField& field) {
  Json columns{{"restart", Json::array()},
               {"round", Json::array()},
               {"arm", Json::array()},
               {"polluted", Json::array()},
               {"values", Json::object()}};
  for (const auto& pass : cell.passes) {
    columns["restart"].push_back(pass.restart);
    columns["round"].push_back(pass.round);
    columns["arm"].push_back(pass.arm);
  }
  field.at("passes").each_item([&](const JsonField& pass) {
    columns["polluted"].push_back(pass.at("polluted").as<bool>());
  });
  std::set<std::string> names{cell.headline()};
  if (cell.asked.load == Load::latency) names.insert(kRounds.begin(), kRounds.end());
  for (const auto& name : names) {
    Json values = Json::array();
    for (const auto& pass : cell.passes) {
      const auto found = pass.quantities.find(name);
      values.push_back(found == pass.quantities.end() ? Json(nullptr)
                                                      : Json(web::rounded(found->second)));
    }
    const bool any = std::ranges::any_of(values, [](const Json& one) { return !one.is_null(); });
    if (any) columns["values"][name] = std::move(values);
  }
  return columns;
}

Json distribution_json(const Json& json, const std::string& path) {
  const auto histogram = Histogram::from_json(json);
  if (!histogram) JsonField::complain(path, histogram.error().message.c_str());
  return web::distribution(*histogram);
}

Json distributions_json(const Cell& cell, const JsonField& field) {
  Json all = Json::object();
  field.each_entry([&](const std::string& arm, const JsonField& metrics) {
    if (arm != cell.contrast.ours && arm != cell.contrast.theirs) return;
    metrics.each_entry([&](const std::string& name, const JsonField& histogram) {
      if (std::ranges::find(kDistributions, name) == kDistributions.end()) return;
      all[arm][name] = distribution_json(histogram.as<Json>(), cell.id + ": " + name);
    });
  });
  return all;
}

/// Columns by arm; of runs recorded before there was such a thing, nothing.
Json positions_json(const Cell& cell, const JsonField& field) {
  Json all = Json::object();
  if (!field.has("chunk_transit_by_position")) return all;
  field.at("chunk_transit_by_position")
      .each_entry([&](const std::string& arm, const JsonField& by) {
        if (arm != cell.contrast.ours && arm != cell.contrast.theirs) return;
        by.each_item([&](const JsonField& one) {
          all[arm]["from"].push_back(one.at("from").as<std::uint64_t>() + 1);
          all[arm]["n"].push_back(one.at("count").as<std::uint64_t>());
          all[arm]["mean_ns"].push_back(web::rounded(one.at("mean_ns").as<double>(), 4));
        });
      });
  return all;
}

/// CPUs' worth of work of the stack's threads that comes with a pass's rate of requests, mean over
/// its passes, busiest first.
Json threads_json(const Cell& cell, const JsonField& field) {
  std::vector<double> sums;
  int passes = 0;
  field.at("passes").each_item([&](const JsonField& pass) {
    if (pass.at("arm").as<std::string>() != cell.contrast.ours) return;
    const auto quantities = pass.at("quantities");
    const auto requests = pass.at("requests_total").as<double>();
    if (requests <= 0 || !quantities.has("requests_per_s")) return;
    const double per_ns =
        quantities.at("requests_per_s").as<double>() / requests / static_cast<double>(kSecond);
    const auto threads = pass.at("busiest_threads_ns").as<std::vector<double>>();
    sums.resize(std::max(sums.size(), threads.size()));
    for (std::size_t i = 0; i < threads.size(); ++i) sums[i] += threads[i] * per_ns;
    ++passes;
  });
  Json all = Json::array();
  for (const double sum : sums) {
    // What does not work is no worker.
    if (sum / passes >= 0.0005) all.push_back(web::rounded(sum / passes));
  }
  return all;
}

void put_requests(Json& cell, const JsonField& field) {
  std::map<std::string, std::uint64_t> sent;
  std::map<std::string, std::uint64_t> failed;
  field.at("passes").each_item([&](const JsonField& pass) {
    const auto arm = pass.at("arm").as<std::string>();
    sent[arm] += pass.at("sent").as<std::uint64_t>();
    failed[arm] += 0;
    pass.at("failures").each_entry([&](const std::string&, const JsonField& one) {
      failed[arm] += one.at("count").as<std::uint64_t>();
    });
  });
  cell["sent"] = sent;
  cell["failed"] = failed;
}

std::string workers_text(const JsonField& seen) {
  if (!seen.at("verifiable").as<bool>()) return "cannot be seen from outside";
  return fmt::format("{} of {} asked for, by {}", seen.at("seen").as<Json>().dump(),
                     seen.at("asked").as<Json>().dump(), seen.at("how").as<std::string>());
}

Json cell_json(const Cell& cell, const JsonField& field) {
  const auto headline = cell.overheads.find(cell.headline());
  const auto backend = field.at("backend");
  Json json{{"id", cell.id},
            {"stack", cell.standup.stack},
            {"workers", cell.standup.workers},
            {"replicas", cell.standup.replicas},
            {"backend_replicas", cell.standup.backends},
            {"concurrency", cell.asked.concurrency},
            {"rate_per_s", cell.asked.rate_per_s},
            {"mode", mode_name(cell.asked.mode)},
            {"load", load_name(cell.asked.load)},
            {"prompt_tokens", cell.prompt_tokens},
            {"output_tokens", backend.at("output_tokens").as<Json>()},
            {"ttft_ns", backend.at("ttft_ns").as<Json>()},
            {"itl_ns", backend.at("itl_ns").as<Json>()},
            {"ours", cell.contrast.ours},
            {"theirs", cell.contrast.theirs},
            {"control", cell.contrast.control},
            {"state", state_name(cell.state)},
            {"reasons", cell.reasons},
            {"headline", cell.headline()},
            {"level", headline == cell.overheads.end()
                          ? Json(nullptr)
                          : Json(web::rounded(headline->second.difference.level))},
            {"restarts", restarts_in(cell).size()},
            {"added", added_json(cell, field.at("overheads").as<Json>())},
            {"cpu_per_request_ns", interval(cell.cpu_per_request_ns)},
            {"cpu_per_chunk_ns", interval(cell.cpu_per_chunk_ns)},
            {"memory_bytes", interval(cell.memory_bytes)},
            {"connections_per_request",
             short_numbers(field.at("backend_connections_per_request").as<Json>())},
            {"events_per_read", short_numbers(field.at("events_per_read").as<Json>())},
            {"repeated_pairs", field.at("repeated_pairs").as<Json>()},
            {"workers_seen", workers_text(field.at("workers_seen"))},
            {"checks", field.at("checks").as<Json>()},
            {"levels", levels_json(cell)},
            {"passes", passes_json(cell, field)},
            {"distributions", distributions_json(cell, field.at("distributions_ns"))},
            {"threads", threads_json(cell, field)},
            {"positions", positions_json(cell, field)}};
  put_requests(json, field);
  return json;
}

}  // namespace

Result<Json> page_data(const std::string& text) {
  const auto study = study_from_text(text, "run.json");
  if (!study) return std::unexpected(study.error());
  return catch_errors([&] {
    const auto record = Json::parse(text);
    const JsonField root(record, "");
    Json data = Json::object();
    for (const auto* name :
         {"schema", "hopcost", "name", "command", "started_at", "took_s", "cut_short", "trial",
          "seed", "config", "environment", "left_out", "failures"}) {
      data[name] = root.at(name).as<Json>();
    }
    for (const auto* name : {"scaling", "slopes"}) {
      data[name] = short_numbers(root.at(name).as<Json>());
    }
    data["cells"] = Json::array();
    std::size_t i = 0;
    root.at("cells").each_item([&](const JsonField& field) {
      data["cells"].push_back(cell_json(study->cells[i++], field));
    });
    return data;
  });
}

}  // namespace hopcost::overhead
