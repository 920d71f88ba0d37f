#include "loadgen/workload/request_template.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/random.hpp"
#include "common/stamp.hpp"
#include "common/tokens.hpp"

namespace hopcost::loadgen {
namespace {

/// Longer prompts are put together from this many words, over and over: they repeat anyhow.
constexpr std::uint32_t kMostWords = 65'536;

/// Where the value of the first `key` after `from` begins.
std::size_t find_value(const std::string& json, std::string_view key, std::size_t from) {
  return json.find(key, from) + key.size();
}

}  // namespace

Asked asked_by(const Options& options, std::uint64_t number) {
  Random random(Random::mix(options.seed) ^ Random::mix(number));
  Asked asked;
  asked.prompt = options.prompt_tokens.draw(random);
  asked.output = options.output_tokens.draw(random);
  return asked;
}

Result<void> check_extra_body(const std::string& text) {
  if (text.empty()) return {};
  const auto body = nlohmann::json::parse(text, nullptr, false);
  if (!body.is_object()) return fail(ErrorCode::usage, fmt::format("'{}' is no JSON object", text));
  for (const auto* const key :
       {"model", "messages", "max_tokens", "stream", "stream_options", "ignore_eos"}) {
    if (body.contains(key)) {
      return fail(ErrorCode::usage, fmt::format("'{}' is set by other options", key));
    }
  }
  return {};
}

RequestTemplate::RequestTemplate(const Options& options, const ApiBase& target)
    : stamped_(options.stamps) {
  nlohmann::ordered_json body;
  body["model"] = options.model;
  body["messages"] = {{{"role", "user"}, {"content", ""}}};
  body["max_tokens"] = 0;
  body["stream"] = options.stream;
  if (options.stream) body["stream_options"] = {{"include_usage", true}};
  if (options.ignore_eos) body["ignore_eos"] = true;
  if (!options.extra_body.empty()) {
    body.update(nlohmann::ordered_json::parse(options.extra_body));
  }
  const std::string json = body.dump();
  // A quote inside a string is escaped, so a key can only be found where it is one.
  const auto prompt_at = find_value(json, R"("content":")", find_value(json, R"("messages":)", 0));
  const auto output_at = find_value(json, R"("max_tokens":)", prompt_at);
  before_prompt_ = json.substr(0, prompt_at);
  before_output_ = json.substr(prompt_at, output_at - prompt_at);
  after_output_ = json.substr(output_at + 1);
  if (stamped_) {
    std::string stamp(RequestStamp::kSize, ' ');
    write_stamp(stamp.data(), RequestStamp{});
    before_prompt_ += stamp;
  }

  head_ = fmt::format(
      "POST {}/chat/completions HTTP/1.1\r\n"
      "Host: {}\r\n"
      "User-Agent: hopcost-loadgen\r\n"
      "Accept: {}\r\n"
      "Content-Type: application/json\r\n"
      "Content-Length: ",
      target.path, target.address.to_string(),
      options.stream ? "text/event-stream" : "application/json");
  head_end_ = "\r\n";
  if (!options.api_key.empty()) {
    head_end_ += fmt::format("Authorization: Bearer {}\r\n", options.api_key);
  }
  for (const auto& [name, value] : options.headers) {
    head_end_ += fmt::format("{}: {}\r\n", name, value);
  }
  head_end_ += "\r\n";

  const auto words = std::min(options.prompt_tokens.most(), kMostWords);
  ends_.push_back(0);
  for (std::uint32_t i = 0; i < words; ++i) {
    words_ += token_text(i);
    ends_.push_back(static_cast<std::uint32_t>(words_.size()));
  }
}

std::size_t RequestTemplate::render(const Asked& asked, std::string& out) const {
  const auto most = static_cast<std::uint32_t>(ends_.size() - 1);
  const std::size_t rounds = asked.prompt / most;
  const std::size_t rest = asked.prompt % most;
  const std::size_t text = rounds * words_.size() + ends_[rest] - 1;
  const fmt::format_int output(asked.output);
  const std::size_t body =
      before_prompt_.size() + text + before_output_.size() + output.size() + after_output_.size();
  out.clear();
  out += head_;
  const fmt::format_int length(body);
  out.append(length.data(), length.size());
  out += head_end_;
  out += before_prompt_;
  const std::size_t stamp_at = out.size() - (stamped_ ? RequestStamp::kSize : 0);
  // Without the first word's leading space.
  if (rounds == 0) {
    out.append(words_, 1, ends_[rest] - 1);
  } else {
    out.append(words_, 1);
    for (std::size_t i = 1; i < rounds; ++i) out += words_;
    out.append(words_, 0, ends_[rest]);
  }
  out += before_output_;
  out.append(output.data(), output.size());
  out += after_output_;
  return stamped_ ? stamp_at : std::string::npos;
}

}  // namespace hopcost::loadgen
