#include "loadgen/request_source.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "common/tokens.hpp"

namespace hopcost::loadgen {
namespace {

/// Exactly `prompt_tokens` tokens: the stamp joins the first word, so it costs none.
std::string prompt_text(const Options& options) {
  std::string text;
  append_tokens(text, 0, static_cast<std::uint64_t>(options.prompt_tokens));
  text.erase(0, 1);  // the first word's leading space
  if (options.stamps) {
    std::string stamp(RequestStamp::kSize, ' ');
    write_stamp(stamp.data(), RequestStamp{});
    text.insert(0, stamp);
  }
  return text;
}

}  // namespace

RequestBytes::RequestBytes(const Options& options, const ApiBase& target) {
  nlohmann::ordered_json body;
  body["model"] = options.model;
  body["messages"] = {{{"role", "user"}, {"content", prompt_text(options)}}};
  body["max_tokens"] = options.output_tokens;
  body["stream"] = options.stream;
  if (options.stream) body["stream_options"] = {{"include_usage", true}};
  const std::string json = body.dump();

  bytes_ = fmt::format(
      "POST {}/chat/completions HTTP/1.1\r\n"
      "Host: {}\r\n"
      "User-Agent: hopcost-loadgen\r\n"
      "Accept: {}\r\n"
      "Content-Type: application/json\r\n"
      "Content-Length: {}\r\n",
      target.path, target.address.to_string(),
      options.stream ? "text/event-stream" : "application/json", json.size());
  if (!options.api_key.empty())
    bytes_ += fmt::format("Authorization: Bearer {}\r\n", options.api_key);
  for (const auto& [name, value] : options.headers)
    bytes_ += fmt::format("{}: {}\r\n", name, value);
  bytes_ += "\r\n";
  const std::size_t body_at = bytes_.size();
  bytes_ += json;
  if (options.stamps) stamp_at_ = bytes_.find("~q:", body_at);
}

std::string_view RequestBytes::prepare(std::uint32_t id, Nanos send_ns) {
  if (stamp_at_ != std::string::npos)
    write_stamp(bytes_.data() + stamp_at_, RequestStamp{id, send_ns});
  return bytes_;
}

}  // namespace hopcost::loadgen
