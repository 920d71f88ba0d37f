#include "mockserver/server/admin.hpp"

#include <atomic>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include "mockserver/scenario/load.hpp"
#include "mockserver/server/metrics.hpp"
#include "mockserver/server/worker.hpp"

namespace hopcost::mockserver {
namespace {

template <class Json>
PlainReply json_reply_of(const Json& value) {
  return json_reply(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// "ttft" of "body:3: ttft".
std::string field_of(const Error& error) {
  const auto at = error.where.rfind(": ");
  return at == std::string::npos ? "" : error.where.substr(at + 2);
}

std::vector<std::string> names_of(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const auto& model : scenario.models) names.push_back(model.name);
  return names;
}

/// The queue and the cache are the server's: the first model shows them.
std::string vllm_text(const std::vector<WorkerSnapshot>& workers, const Services& services) {
  auto models = merged_models(workers);
  if (models.empty()) return "";
  VllmEngine engine;
  if (services.engine) {
    models.front().gauges.running = services.engine->running();
    models.front().gauges.waiting = services.engine->waiting();
  }
  if (services.prefix_cache) {
    models.front().gauges.kv_used = services.prefix_cache->counts().blocks;
    models.front().gauges.kv_capacity = services.cache_settings.blocks;
    engine.block_size = services.cache_settings.block_tokens;
    engine.num_gpu_blocks = services.cache_settings.blocks;
  }
  return vllm_metrics_text(models, engine);
}

}  // namespace

Admin::Admin(asio::io_context& control, const std::vector<std::unique_ptr<Worker>>& workers,
             Scenario scenario, std::function<void()> changed)
    : control_(control),
      workers_(workers),
      scenario_(std::make_shared<const Scenario>(std::move(scenario))),
      changed_(std::move(changed)) {}

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
        answer(json_reply_of(to_json(*scenario_)));
      }
      break;
    case Endpoint::reset:
      on_every_worker([](Worker& worker, std::size_t) { worker.reset(); },
                      [answer] { answer(json_reply_of(nlohmann::json{{"status", "ok"}})); });
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
      [snapshots, answer, endpoint, scenario = scenario_, services = services_] {
        if (endpoint == Endpoint::metrics) {
          answer({200, "text/plain; version=0.0.4",
                  prometheus_text(*snapshots) + vllm_text(*snapshots, *services), ""});
        } else {
          answer(json_reply_of(stats_json(names_of(*scenario), *snapshots)));
        }
      });
}

void Admin::change_scenario(const std::string& body, const Answer& answer) {
  auto changed = with_changes(*scenario_, body);
  if (!changed) {
    const auto& error = changed.error();
    answer(error_reply({400, error.to_string(), field_of(error), "invalid_scenario"}));
    return;
  }
  auto services = Services::make(*changed, control_, services_.get());
  if (!services) {
    answer(error_reply({400, services.error().to_string(), "", "invalid_scenario"}));
    return;
  }
  scenario_ = std::make_shared<const Scenario>(std::move(*changed));
  services_ = std::move(*services);
  changed_();
  on_every_worker([scenario = scenario_, services = services_](
                      Worker& worker, std::size_t) { worker.set_scenario(*scenario, services); },
                  [answer, scenario = scenario_] { answer(json_reply_of(to_json(*scenario))); });
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
    worker.loop().post([work, join, &worker, i] {
      work(worker, i);
      if (join->left.fetch_sub(1) == 1) join->done();
    });
  }
}

}  // namespace hopcost::mockserver
