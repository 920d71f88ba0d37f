#include "overhead/site/attached.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/http_client.hpp"

namespace hopcost::overhead {
namespace {

constexpr Nanos kAnswerTimeout = 10 * kSecond;

bool is_this_host(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Result<std::string> first_model(const ApiBase& api, const Headers& headers) {
  const auto reply = http_exchange({.method = "GET",
                                    .address = api.address,
                                    .target = api.path + "/models",
                                    .headers = headers,
                                    .body = {},
                                    .timeout = kAnswerTimeout});
  if (!reply) return fail(ErrorCode::unreachable, reply.error().message, api.url());
  const auto json = nlohmann::json::parse(reply->body, nullptr, false);
  if (json.is_object() && json.contains("data") && json["data"].is_array()) {
    for (const auto& model : json["data"]) {
      if (model.is_object() && model.contains("id") && model["id"].is_string()) {
        return model["id"].get<std::string>();
      }
    }
  }
  return fail(ErrorCode::unreachable,
              fmt::format("/models names no model (HTTP {}); say which with --model and "
                          "--baseline-model",
                          reply->status),
              api.url());
}

Result<Headers> headers_of(const Attach& attach) {
  if (attach.api_key_env.empty()) return Headers{};
  const char* const key = std::getenv(attach.api_key_env.c_str());
  if (key == nullptr || *key == '\0') {
    return fail(ErrorCode::usage,
                fmt::format("--api-key-env: the variable {} is not set", attach.api_key_env));
  }
  return Headers{{"authorization", fmt::format("Bearer {}", key)}};
}

}  // namespace

std::optional<std::vector<pid_t>> listeners_on(const HostPort& address) {
  if (!is_this_host(address.host)) return std::vector<pid_t>{};
  const auto processes = list_processes();
  std::vector<pid_t> all;
  for (const auto& process : processes) all.push_back(process.pid);
  const auto holders = holders_of_listening_port(all, address.port);
  if (holders.empty()) return std::nullopt;
  const auto holds = [&](pid_t pid) { return std::ranges::find(holders, pid) != holders.end(); };
  std::vector<pid_t> roots;
  for (const auto& process : processes) {
    // A worker holds the socket that its parent opened.
    if (holds(process.pid) && !holds(process.parent)) roots.push_back(process.pid);
  }
  return roots;
}

Result<std::unique_ptr<Attached>> Attached::join(const Attach& attach) {
  const auto headers = headers_of(attach);
  if (!headers) return std::unexpected(headers.error());
  const auto model_of = [&](const ApiBase& api, const std::string& named) -> Result<std::string> {
    if (!named.empty()) return named;
    return first_model(api, *headers);
  };
  const auto baseline = parse_api_base(attach.baseline);
  if (!baseline) return std::unexpected(baseline.error());
  const auto stack = parse_api_base(attach.stack);
  if (!stack) return std::unexpected(stack.error());
  const auto baseline_model = model_of(*baseline, attach.baseline_model);
  if (!baseline_model) return std::unexpected(baseline_model.error());
  const auto model = model_of(*stack, attach.model);
  if (!model) return std::unexpected(model.error());

  std::unique_ptr<Attached> attached(new Attached);
  attached->arms_ = {{kBaseline, {*baseline}, *baseline_model, *headers, false},
                     {kBaseline2, {*baseline}, *baseline_model, *headers, false},
                     {kStack, {*stack}, *model, *headers, true}};
  if (!attach.scrape.empty()) {
    auto scrape = parse_api_base(attach.scrape);
    if (!scrape) return std::unexpected(scrape.error());
    attached->scrape_ = std::move(*scrape);
    const auto now = attached->scrape();
    if (!now) return fail(ErrorCode::unreachable, now.error().message, "--scrape");
  }
  attached->baseline_ = listeners_on(baseline->address);
  attached->stack_ = attach.pid > 0 ? std::vector<pid_t>{static_cast<pid_t>(attach.pid)}
                                    : listeners_on(stack->address);
  return attached;
}

std::optional<TreeCpu> Attached::stack_cpu(const Arm& /*arm*/) const {
  if (!stack_ || stack_->empty()) return std::nullopt;
  return sample_tree_cpu(*stack_, Roots::counted);
}

Result<std::string> Attached::scrape() const {
  const auto reply = http_exchange({.method = "GET",
                                    .address = scrape_->address,
                                    .target = scrape_->path,
                                    .headers = {},
                                    .body = {},
                                    .timeout = kAnswerTimeout});
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != 200) {
    return fail(ErrorCode::protocol, fmt::format("HTTP {}", reply->status), scrape_->url());
  }
  return reply->body;
}

std::string Attached::scraped_metrics() const {
  if (!scrape_) return {};
  auto text = scrape();
  return text ? std::move(*text) : fmt::format("# not scraped: {}\n", text.error().to_string());
}

std::optional<std::vector<pid_t>> Attached::taking_part() const {
  if (!baseline_ || !stack_) return std::nullopt;
  auto all = *baseline_;
  all.insert(all.end(), stack_->begin(), stack_->end());
  return all;
}

}  // namespace hopcost::overhead
