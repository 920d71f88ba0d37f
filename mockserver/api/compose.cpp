#include "mockserver/api/compose.hpp"

#include <algorithm>
#include <limits>

#include "common/random.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/text_hash.hpp"

namespace hopcost::mockserver::detail {
namespace {

using nlohmann::ordered_json;

/// How many words the list of common/tokens.hpp has before it repeats.
constexpr std::uint32_t kPeriod = 64;
/// Leads the choices for which the list has no further beginning; no word of the list.
constexpr std::string_view kSecondRound = " moreover";

/// What a tool is called with: an object even where the schema asks for something else.
std::string arguments_of(const ordered_json& parameters) {
  ordered_json arguments = parameters.is_null() ? ordered_json::object() : instance_of(parameters);
  if (!arguments.is_object()) arguments = ordered_json::object();
  return spaced_text(arguments);
}

std::string call_id(std::uint64_t hash) {
  constexpr std::string_view kDigits =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  Random random(hash);
  std::string id = "call_";
  for (int i = 0; i < 24; ++i) id += kDigits[random() % kDigits.size()];
  return id;
}

/// By Knuth, Morris and Pratt: both texts come from a request, which could make the plain search
/// take the product of their lengths.
std::size_t find_in_linear_time(std::string_view text, std::string_view pattern) {
  // Most patterns begin nowhere in the text, which costs no table.
  const std::size_t start = text.find(pattern.front());
  if (start == std::string_view::npos || pattern.size() > text.size()) {
    return std::string_view::npos;
  }
  std::vector<std::size_t> border(pattern.size(), 0);
  for (std::size_t i = 1, k = 0; i < pattern.size(); ++i) {
    while (k > 0 && pattern[i] != pattern[k]) k = border[k - 1];
    if (pattern[i] == pattern[k]) ++k;
    border[i] = k;
  }
  for (std::size_t i = start, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != pattern[k]) k = border[k - 1];
    if (text[i] == pattern[k]) ++k;
    if (k == pattern.size()) return i + 1 - k;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<StopPlace> find_stop(std::string_view text, const std::vector<std::string>& stops) {
  std::optional<StopPlace> first;
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (stops[i].empty()) continue;
    const std::size_t at = find_in_linear_time(text, stops[i]);
    if (at == std::string_view::npos) continue;
    if (!first || at < first->at ||
        (at == first->at && stops[i].size() > stops[first->which].size())) {
      first = StopPlace{at, i};
    }
  }
  return first;
}

Composer::Composer(const Question& question, const AnswerStyle& style)
    : question_(question), style_(style) {
  plan_calls();
  if (!calls_.empty()) return;
  if (question.format == TextFormat::json_schema) {
    document_ = spaced_text(instance_of(question.schema));
  } else if (question.format == TextFormat::json_object) {
    document_ = R"({"answer": "river stone light", "words": 3, "complete": true})";
  }
}

void Composer::plan_calls() {
  const auto& tools = question_.tools;
  const auto choice = question_.tool_choice;
  if (tools.empty() || choice == ToolChoice::none) return;
  if (choice == ToolChoice::automatic && question_.continues_tool_call) return;
  const auto call = [this](const Tool& tool) {
    calls_.push_back({tool.name, arguments_of(tool.parameters)});
  };
  if (choice == ToolChoice::named) {
    const auto named = std::find_if(tools.begin(), tools.end(), [this](const Tool& tool) {
      return tool.name == question_.tool_name;
    });
    if (named != tools.end()) call(*named);
    return;
  }
  call(tools.front());
  if (!question_.parallel_tool_calls) return;
  const auto other = std::find_if(tools.begin(), tools.end(), [&](const Tool& tool) {
    return tool.name != tools.front().name;
  });
  if (other != tools.end()) call(*other);
}

Choice Composer::choice(const std::string& prompt, std::uint32_t k) const {
  const bool seeded = question_.seed || style_.mode == AnswerStyle::Mode::random;
  // Without a seed the ids of calls still differ from question to question.
  const std::uint64_t seed =
      question_.seed ? static_cast<std::uint64_t>(*question_.seed) : style_.seed;
  const bool needs_hash = seeded || !calls_.empty();
  const std::uint64_t hash =
      needs_hash ? text_hash(prompt, text_hash(question_.model, Random::mix(seed))) : 0;
  // An odd step visits every beginning of the list before it comes back.
  constexpr std::uint64_t kStep = 37;
  const std::uint64_t first = (seeded ? hash % kPeriod : 0) + k * kStep;

  const std::uint32_t limit =
      question_.max_tokens.value_or(std::numeric_limits<std::uint32_t>::max());
  const std::uint32_t wanted_reasoning =
      question_.reasoning || style_.always_reasons ? style_.reasoning_tokens : 0;
  Choice choice;
  const std::uint32_t reasoning = std::min(wanted_reasoning, limit);
  choice.reasoning = TokenText::words(first + kPeriod / 2, reasoning);
  if (!calls_.empty()) {
    add_calls(choice, Random::mix(hash + k), limit - reasoning);
    return choice;
  }
  bool cut = false;
  choice.content = content(first, k, limit - reasoning, cut);
  choice.finish = cut || reasoning < wanted_reasoning ? Finish::length : Finish::stop;
  if (!question_.stop.empty()) apply_stop(choice);
  return choice;
}

void Composer::add_calls(Choice& choice, std::uint64_t hash, std::uint32_t limit) const {
  choice.finish = Finish::tool_calls;
  for (const auto& planned : calls_) {
    ToolCall call;
    call.arguments = TokenText::literal(planned.arguments, limit);
    if (call.arguments.size() < count_tokens(planned.arguments)) choice.finish = Finish::length;
    if (call.arguments.empty()) break;  // its name would be a token, too
    limit -= call.arguments.size();
    call.id = call_id(text_hash(planned.name, hash++));
    call.name = planned.name;
    choice.calls.push_back(std::move(call));
  }
}

TokenText Composer::words(std::uint64_t first, std::uint32_t count, std::uint32_t k) const {
  if (k < kPeriod || count == 0) return TokenText::words(first, count);
  std::string text(kSecondRound);
  append_tokens(text, first, count - 1);
  return TokenText::literal(std::move(text));
}

TokenText Composer::content(std::uint64_t first, std::uint32_t k, std::uint32_t limit,
                            bool& cut) const {
  if (!document_.empty()) {
    auto text = TokenText::literal(document_, limit);
    cut = text.size() < count_tokens(document_);
    return text;
  }
  // A wish for exactly so many tokens needs to say how many.
  const bool exact = question_.ignore_eos && question_.max_tokens;
  if (style_.mode == AnswerStyle::Mode::echo) {
    std::string text = question_.last_user_text;
    const std::uint64_t whole = count_tokens(text);
    if (exact && whole < limit) append_tokens(text, first, limit - whole);
    cut = exact || whole > limit;
    return TokenText::literal(std::move(text), limit);
  }
  cut = exact || style_.output_tokens > limit;
  return words(first, exact ? limit : std::min(style_.output_tokens, limit), k);
}

void Composer::apply_stop(Choice& choice) const {
  std::size_t longest = 0;
  for (const auto& stop : question_.stop) longest = std::max(longest, stop.size());
  // The words repeat, so what is not found within one period and the length of the sequence is
  // nowhere; every word has more than one byte. A text of its own is searched to its end.
  std::uint32_t searched = choice.content.size();
  if (choice.content.is_words()) {
    searched = static_cast<std::uint32_t>(std::min<std::size_t>(searched, kPeriod + longest));
  }
  std::string text;
  choice.content.append(text, 0, searched);
  const auto place = find_stop(text, question_.stop);
  if (!place) return;
  text.resize(place->at);
  choice.content = TokenText::literal(std::move(text));
  choice.finish = Finish::stop;
  choice.stop_sequence = question_.stop[place->which];
}

}  // namespace hopcost::mockserver::detail
