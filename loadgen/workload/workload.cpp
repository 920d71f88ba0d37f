#include "loadgen/workload/workload.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/random.hpp"
#include "common/stamp.hpp"
#include "common/tokens.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kVocabulary = 64;  ///< words of the list before it repeats
/// Longer prompts are put together from this many words, over and over: they repeat anyhow.
constexpr std::uint32_t kMostWords = 65'536;
/// So many words at the front tell prompts apart.
constexpr std::uint32_t kOwnWords = 4;
constexpr std::uint32_t kDigitBits = 6;

std::string escaped(std::string_view text) {
  const auto json = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return json.substr(1, json.size() - 2);
}

std::string message(std::string_view role, std::string_view content) {
  return fmt::format(R"({{"role":"{}","content":"{}"}},)", escaped(role), escaped(content));
}

std::vector<double> cumulative(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<double> out;
  double upto = 0;
  for (const double weight : weights) out.push_back((upto += weight) / sum);
  return out;
}

std::uint16_t pick(const std::vector<double>& shares, Random& random) {
  if (shares.size() == 1) return 0;
  const auto at = std::ranges::upper_bound(shares, random.uniform()) - shares.begin();
  return static_cast<std::uint16_t>(std::min(static_cast<std::size_t>(at), shares.size() - 1));
}

/// The fields behind the prompt and the limit, each with a comma in front.
std::string tail_of(const Options& options) {
  Json body = Json::object();
  if (options.api != Api::embeddings) body["stream"] = options.stream;
  if (options.stream && (options.api == Api::chat || options.api == Api::completions)) {
    body["stream_options"] = {{"include_usage", true}};
  }
  if (options.ignore_eos) body["ignore_eos"] = true;
  if (!options.extra_body.empty()) body.update(Json::parse(options.extra_body));
  const auto json = body.dump();
  return body.empty() ? "}" : "," + json.substr(1);
}

}  // namespace

Result<void> check_extra_body(const std::string& text) {
  if (text.empty()) return {};
  const auto body = nlohmann::json::parse(text, nullptr, false);
  if (!body.is_object()) return fail(ErrorCode::usage, fmt::format("'{}' is no JSON object", text));
  for (const auto* const key : {"model", "messages", "prompt", "input", "max_tokens",
                                "max_output_tokens", "stream", "stream_options", "ignore_eos"}) {
    if (body.contains(key)) {
      return fail(ErrorCode::usage, fmt::format("'{}' is set by other options", key));
    }
  }
  return {};
}

Workload::Workload(const Options& options, std::shared_ptr<const std::vector<DatasetEntry>> entries)
    : api_(options.api),
      stamped_(options.stamps),
      same_prompts_(options.same_prompts),
      seed_(options.seed),
      classes_(options.classes),
      prefix_(options.prefix),
      entries_(std::move(entries)) {
  if (classes_.empty()) {
    classes_.push_back({{"", 1}, options.prompt_tokens, options.output_tokens});
  }
  std::vector<double> weights;
  for (const auto& kind : classes_) weights.push_back(kind.share.weight);
  class_shares_ = cumulative(weights);
  weights.clear();
  for (const auto& model : options.models) weights.push_back(model.weight);
  model_shares_ = cumulative(weights);

  const bool chat = api_ == Api::chat || api_ == Api::responses;
  const std::string_view prompt_key = api_ == Api::chat          ? "messages"
                                      : api_ == Api::completions ? "prompt"
                                                                 : "input";
  for (const auto& model : options.models) {
    fronts_.push_back(fmt::format(R"({{"model":"{}","{}":{})", escaped(model.name), prompt_key,
                                  chat ? "[" : "\""));
  }
  open_question_ = chat ? R"({"role":"user","content":")" : "";
  close_question_ = chat ? R"("}])" : "\"";
  if (api_ == Api::responses) {
    limit_ = R"(,"max_output_tokens":)";
  } else if (api_ != Api::embeddings) {
    limit_ = R"(,"max_tokens":)";
  }
  tail_ = tail_of(options);

  for (const auto& target : options.targets) {
    Head head;
    head.front = fmt::format(
        "POST {}/{} HTTP/1.1\r\n"
        "Host: {}\r\n"
        "User-Agent: hopcost-loadgen\r\n"
        "Accept: {}\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: ",
        target.path, path_of(api_), target.address.to_string(),
        options.stream ? "text/event-stream" : "application/json");
    head.rest = "\r\n";
    if (!options.keep_alive) head.rest += "Connection: close\r\n";
    if (!options.api_key.empty()) {
      head.rest += fmt::format("Authorization: Bearer {}\r\n", options.api_key);
    }
    for (const auto& [name, value] : options.headers) {
      head.rest += fmt::format("{}: {}\r\n", name, value);
    }
    head.rest += "\r\n";
    heads_.push_back(std::move(head));
  }

  std::uint32_t longest =
      prefix_.groups > 0 ? std::max(prefix_.question.most(), prefix_.system.most()) : 0;
  for (const auto& kind : classes_) longest = std::max(longest, kind.prompt.most());
  if (entries_) {
    for (const auto& entry : *entries_) longest = std::max(longest, entry.prompt);
  }
  // Prompts begin at any word of the list.
  const auto count = std::min(longest, kMostWords) + kVocabulary;
  ends_.reserve(count + 1);
  ends_.push_back(0);
  for (std::uint32_t i = 0; i < count; ++i) {
    words_ += token_text(i);
    ends_.push_back(static_cast<std::uint32_t>(words_.size()));
  }
  for (int group = 0; group < prefix_.groups; ++group) {
    Random random(Random::mix(seed_) ^
                  Random::mix(0x67726f7570U + static_cast<std::uint64_t>(group)));
    group_lengths_.push_back(prefix_.system.draw(random));
  }
  if (!entries_) return;
  for (const auto& entry : *entries_) {
    auto& earlier = earlier_.emplace_back();
    auto& question = questions_.emplace_back();
    if (entry.messages.empty()) continue;
    for (const auto& each : entry.messages) {
      if (&each == &entry.messages.back()) continue;
      earlier += chat ? message(each.role, each.content) : escaped(each.content) + "\\n";
    }
    question = escaped(entry.messages.back().content);
  }
}

void Workload::calibrate(double extra, double per_word) {
  extra_tokens_ = extra;
  tokens_per_word_ = per_word;
}

std::uint32_t Workload::words_for(std::uint32_t tokens) const {
  const double words = std::round((tokens - extra_tokens_) / tokens_per_word_);
  return static_cast<std::uint32_t>(std::clamp(words, 1.0, double{TokenLength::kMost}));
}

Asked Workload::ask(std::uint64_t number) const {
  Random random(Random::mix(seed_) ^ Random::mix(number));
  Asked asked;
  asked.kind = pick(class_shares_, random);
  asked.model = pick(model_shares_, random);
  const auto& kind = classes_[asked.kind];
  asked.prompt = kind.prompt.draw(random);
  asked.output = kind.output.draw(random);
  if (!same_prompts_) asked.words = static_cast<std::uint32_t>(random()) & 0x3fffffffU;
  if (entries_) {
    asked.entry = static_cast<std::uint32_t>(number % entries_->size());
    const auto& entry = (*entries_)[asked.entry];
    asked.prompt = entry.prompt;
    if (entry.output > 0) asked.output = entry.output;
  }
  if (prefix_.groups > 0) {
    const auto groups = static_cast<std::uint64_t>(prefix_.groups);
    asked.group = static_cast<std::uint32_t>(number % groups);
    std::uint64_t question = number;
    if (prefix_.prompts > 0) {
      question =
          number / groups % static_cast<std::uint64_t>(prefix_.prompts) * groups + asked.group;
    }
    Random of_question(Random::mix(seed_ + 1) ^ Random::mix(question));
    asked.prompt = group_lengths_[asked.group] + prefix_.question.draw(of_question);
    asked.words = static_cast<std::uint32_t>(of_question()) & 0x3fffffffU;
  }
  return asked;
}

/// Words of the list from `first` on; the digits of `first` behind the lowest change the first few,
/// so that two prompts differ within their first words.
void Workload::append_words(std::string& out, std::uint32_t first, std::uint32_t count) const {
  const std::uint32_t start = first % kVocabulary;
  std::uint32_t done = 0;
  for (; done < std::min(count, kOwnWords); ++done) {
    const auto digit = first >> (kDigitBits * (done + 1));
    const auto word = token_text(start + done + digit);
    out += done == 0 ? word.substr(1) : word;  // without the leading space
  }
  const auto most = static_cast<std::uint32_t>(ends_.size() - 1 - kVocabulary);
  while (done < count) {
    const std::uint32_t from = (start + done) % kVocabulary;
    const std::uint32_t now = std::min(count - done, std::max(most, 1U));
    out.append(words_, ends_[from], ends_[from + now] - ends_[from]);
    done += now;
  }
}

void Workload::append_question(const Asked& asked, std::string& out) const {
  if (entries_ && !questions_[asked.entry].empty()) {
    out += questions_[asked.entry];
  } else if (prefix_.groups > 0) {
    const auto system = group_lengths_[asked.group];
    append_words(out, asked.words,
                 words_for(asked.prompt) - std::min(words_for(asked.prompt) - 1, system));
  } else {
    append_words(out, asked.words, words_for(asked.prompt));
  }
}

std::string Workload::question_message(const Asked& asked, std::uint32_t id, Nanos send_ns) const {
  std::string out = open_question_;
  if (stamped_) {
    const std::size_t at = out.size();
    out.resize(at + RequestStamp::kSize);
    write_stamp(out.data() + at, RequestStamp{id, send_ns});
  }
  append_question(asked, out);
  out += "\"},";
  return out;
}

std::size_t Workload::render(const Asked& asked, std::size_t target, std::string_view earlier,
                             std::string& out) const {
  // The body first, behind room for the head: its length is part of the head.
  const auto& head = heads_[target];
  out.clear();
  constexpr std::size_t kLengthRoom = 10;
  const std::size_t room = head.front.size() + kLengthRoom + head.rest.size();
  out.resize(room);
  out += fronts_[asked.model];
  if (prefix_.groups > 0) {
    const bool chat = !open_question_.empty();
    if (chat) out += R"({"role":"system","content":")";
    append_words(out, static_cast<std::uint32_t>(Random::mix(seed_ + asked.group)) & 0x3fffffffU,
                 group_lengths_[asked.group]);
    out += chat ? R"("},)" : " ";
  }
  if (entries_) out += earlier_[asked.entry];
  out += earlier;
  out += open_question_;
  std::size_t stamp_at = out.size();
  if (stamped_) {
    out.resize(out.size() + RequestStamp::kSize);
    write_stamp(out.data() + stamp_at, RequestStamp{});
  }
  append_question(asked, out);
  out += close_question_;
  if (!limit_.empty()) {
    out += limit_;
    const fmt::format_int limit(asked.output);
    out.append(limit.data(), limit.size());
  }
  out += tail_;

  const fmt::format_int length(out.size() - room);
  const std::size_t begin = kLengthRoom - length.size();
  out.erase(0, begin);
  stamp_at -= begin;
  auto* at = std::ranges::copy(head.front, out.data()).out;
  at = std::ranges::copy(std::string_view(length.data(), length.size()), at).out;
  std::ranges::copy(head.rest, at);
  return stamped_ ? stamp_at : std::string::npos;
}

}  // namespace hopcost::loadgen
