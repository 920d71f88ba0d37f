#pragma once

#include <cstdint>
#include <string_view>

namespace hopcost::mockserver {

/// What can be asked of the mock.
enum class Endpoint : std::uint8_t {
  unknown,
  chat_completions,
  models,
  model,
  health,
  metrics,
  stats,
  reset,
  scenario,
};

/// Where a request target leads. `allow` lists the methods as an Allow header does; `rest` is what
/// follows the endpoint's path (the model's id, still percent-encoded) and points into the target.
struct Route {
  Endpoint endpoint = Endpoint::unknown;
  std::string_view allow;
  std::string_view rest;

  [[nodiscard]] bool allows(std::string_view method) const;
};

/// API paths answer as they are, under /v1 and under /v1/openai/v1; a query is ignored.
[[nodiscard]] Route find_route(std::string_view target);

}  // namespace hopcost::mockserver
