#include "overhead/reference_proxy/truth.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

namespace hopcost::reference_proxy {

void Truth::record(Cost cost, Nanos asked, Nanos added) {
  by_cost_[static_cast<std::size_t>(cost)][asked].record(added);
}

void Truth::merge(const Truth& other) {
  for (std::size_t i = 0; i < by_cost_.size(); ++i) {
    for (const auto& [asked, added] : other.by_cost_[i]) by_cost_[i][asked].merge(added);
  }
}

nlohmann::json Truth::to_json() const {
  constexpr std::array<const char*, 3> kNames{"add_delay", "add_chunk_delay", "burn_cpu"};
  nlohmann::json all = nlohmann::json::object();
  for (std::size_t i = 0; i < by_cost_.size(); ++i) {
    auto list = nlohmann::json::array();
    for (const auto& [asked, added] : by_cost_[i]) {
      list.push_back({{"asked_ns", asked},
                      {"count", added.count()},
                      {"mean_ns", added.mean()},
                      {"p50_ns", added.quantile(0.5).value_or(0)},
                      {"p99_ns", added.quantile(0.99).value_or(0)},
                      {"max_ns", added.max()}});
    }
    all[kNames[i]] = std::move(list);
  }
  return all;
}

}  // namespace hopcost::reference_proxy
