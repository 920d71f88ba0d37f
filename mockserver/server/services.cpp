#include "mockserver/server/services.hpp"

namespace hopcost::mockserver {
namespace {

bool limits_load(const LoadModel& load) {
  return load.max_running > 0 || load.step.has_value();
}

}  // namespace

Result<std::shared_ptr<const Services>> Services::make(const Scenario& scenario,
                                                       asio::io_context& control,
                                                       const Services* before) {
  const auto services = std::make_shared<Services>();
  if (!scenario.api_keys_env.empty()) {
    auto keys = ApiKeys::from_environment(scenario.api_keys_env);
    if (!keys) return std::unexpected(keys.error());
    services->keys = std::move(*keys);
  }
  services->faults = FaultChooser(scenario.faults);
  services->profile = scenario.profile;
  services->started_ns = now_ns();
  services->load = scenario.load;
  services->cache_settings = scenario.prefix_cache;

  if (limits_load(scenario.load)) {
    const bool same = before != nullptr && before->engine && before->load == scenario.load;
    services->engine = same ? before->engine : std::make_shared<Engine>(control, scenario.load);
  }
  if (!scenario.limits.none()) {
    const bool same =
        before != nullptr && before->limiter && before->limiter->limits() == scenario.limits;
    services->limiter =
        same ? before->limiter : std::make_shared<SharedRateLimiter>(scenario.limits);
  }
  if (scenario.prefix_cache.blocks > 0) {
    const bool same = before != nullptr && before->prefix_cache &&
                      before->cache_settings == scenario.prefix_cache;
    services->prefix_cache =
        same ? before->prefix_cache : std::make_shared<SharedPrefixCache>(scenario.prefix_cache);
  }
  // Files are named when the server is started and cannot be changed later.
  if (before != nullptr) {
    services->replay = before->replay;
    services->record = before->record;
    services->request_number = before->request_number;
    services->connections = before->connections;
    if (before->profile == scenario.profile) services->started_ns = before->started_ns;
    return services;
  }
  services->request_number = std::make_shared<std::atomic<std::uint64_t>>(0);
  services->connections = std::make_shared<std::atomic<std::uint64_t>>(0);
  if (!scenario.replay.empty()) {
    auto book = ReplayBook::load(scenario.replay);
    if (!book) return std::unexpected(book.error());
    services->replay = std::make_shared<const ReplayBook>(std::move(*book));
  }
  if (!scenario.record.empty()) {
    auto writer = ExchangeWriter::open(scenario.record);
    if (!writer) return std::unexpected(writer.error());
    services->record = std::move(*writer);
  }
  return services;
}

bool Services::plain() const {
  return !keys.required() && faults.empty() && profile.empty() && !engine && !limiter &&
         !prefix_cache && !replay && !record;
}

}  // namespace hopcost::mockserver
