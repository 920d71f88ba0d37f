#include "mockserver/server/admin.hpp"

#include <atomic>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include "mockserver/admin/metrics.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

PlainReply json_reply(const nlohmann::json& value) {
  using nlohmann::json;
  return {200, "application/json", value.dump(-1, ' ', false, json::error_handler_t::replace), ""};
}

}  // namespace

Admin::Admin(asio::io_context& control, const std::vector<std::unique_ptr<Worker>>& workers,
             Scenario scenario)
    : control_(control),
      workers_(workers),
      scenario_(std::make_shared<const Scenario>(std::move(scenario))) {}

void Admin::handle(AdminCall call, Answer answer) {
  asio::post(control_,
             [this, call = std::move(call), answer = std::move(answer)] { run(call, answer); });
}

void Admin::run(const AdminCall& call, const Answer& answer) {
  switch (call.endpoint) {
    case Endpoint::scenario:
      if (call.change) {
        change_scenario(call.body, answer);
      } else {
        answer(json_reply(to_json(*scenario_)));
      }
      break;
    case Endpoint::reset:
      on_every_worker([](Worker& worker, std::size_t) { worker.reset(); },
                      [answer] { answer(json_reply({{"status", "ok"}})); });
      break;
    default:
      report(call.endpoint, answer);
      break;
  }
}

void Admin::report(Endpoint endpoint, const Answer& answer) {
  auto snapshots = std::make_shared<std::vector<WorkerSnapshot>>(workers_.size());
  on_every_worker(
      [snapshots](Worker& worker, std::size_t i) { (*snapshots)[i] = worker.snapshot(); },
      [snapshots, answer, endpoint, scenario = scenario_] {
        if (endpoint == Endpoint::metrics) {
          answer({200, "text/plain; version=0.0.4", prometheus_text(*snapshots), ""});
        } else {
          answer(json_reply(stats_json(scenario->models, *snapshots)));
        }
      });
}

void Admin::change_scenario(const std::string& body, const Answer& answer) {
  auto changed = with_changes(*scenario_, body);
  if (!changed) {
    const auto& error = changed.error();
    answer(error_reply({400, error.to_string(), error.where, "invalid_scenario"}));
    return;
  }
  scenario_ = std::make_shared<const Scenario>(std::move(*changed));
  on_every_worker(
      [scenario = scenario_](Worker& worker, std::size_t) { worker.set_scenario(*scenario); },
      [answer, scenario = scenario_] { answer(json_reply(to_json(*scenario))); });
}

void Admin::on_every_worker(const std::function<void(Worker&, std::size_t)>& work,
                            std::function<void()> done) {
  struct Join {
    std::atomic<std::size_t> left;
    std::function<void()> done;
  };
  auto join = std::make_shared<Join>(workers_.size(), std::move(done));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    asio::post(worker.context(), [work, join, &worker, i] {
      work(worker, i);
      if (join->left.fetch_sub(1) == 1) join->done();
    });
  }
}

}  // namespace hopcost::mockserver
