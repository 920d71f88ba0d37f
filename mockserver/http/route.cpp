#include "mockserver/http/route.hpp"

#include <array>

namespace hopcost::mockserver {
namespace {

struct Entry {
  std::string_view path;
  Route route;
};

constexpr Route kChat{Endpoint::chat_completions, "POST", {}};

constexpr std::array kApi{
    Entry{"/chat/completions", kChat},
    Entry{"/models", {Endpoint::models, "GET, HEAD", {}}},
    Entry{"/health", {Endpoint::health, "GET, HEAD", {}}},
    Entry{"/healthz", {Endpoint::health, "GET, HEAD", {}}},
};

constexpr std::array kRootOnly{
    Entry{"/metrics", {Endpoint::metrics, "GET, HEAD", {}}},
    Entry{"/__admin/stats", {Endpoint::stats, "GET, HEAD", {}}},
    Entry{"/__admin/reset", {Endpoint::reset, "POST", {}}},
    Entry{"/__admin/scenario", {Endpoint::scenario, "GET, HEAD, PUT", {}}},
};

constexpr std::string_view kModelPrefix = "/models/";

bool drop_prefix(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix) || path.substr(prefix.size(), 1) != "/") return false;
  path.remove_prefix(prefix.size());
  return true;
}

}  // namespace

bool Route::allows(std::string_view method) const {
  std::string_view rest_of_list = allow;
  while (!rest_of_list.empty()) {
    const auto comma = rest_of_list.find(", ");
    if (rest_of_list.substr(0, comma) == method) return true;
    if (comma == std::string_view::npos) break;
    rest_of_list.remove_prefix(comma + 2);
  }
  return false;
}

Route find_route(std::string_view target) {
  if (target == "/v1/chat/completions") return kChat;
  if (target.starts_with("http://")) {  // the absolute form, as proxies are sent it
    const auto path = target.find('/', 7);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  std::string_view path = target.substr(0, target.find_first_of("?#"));
  for (const auto& entry : kRootOnly) {
    if (path == entry.path) return entry.route;
  }
  if (!drop_prefix(path, "/v1/openai/v1")) drop_prefix(path, "/v1");
  for (const auto& entry : kApi) {
    if (path == entry.path) return entry.route;
  }
  if (path.starts_with(kModelPrefix) && path.size() > kModelPrefix.size()) {
    return {Endpoint::model, "GET, HEAD", path.substr(kModelPrefix.size())};
  }
  return {};
}

}  // namespace hopcost::mockserver
