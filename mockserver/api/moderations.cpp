#include "mockserver/api/moderations.hpp"

#include <array>
#include <bitset>

#include <fmt/format.h>

#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/text_hash.hpp"
#include "mockserver/api/words.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

struct Category {
  std::string_view name;
  bool judges_images;
};

constexpr std::array<Category, 13> kCategories{{{"harassment", false},
                                                {"harassment/threatening", false},
                                                {"hate", false},
                                                {"hate/threatening", false},
                                                {"illicit", false},
                                                {"illicit/violent", false},
                                                {"self-harm", true},
                                                {"self-harm/instructions", true},
                                                {"self-harm/intent", true},
                                                {"sexual", true},
                                                {"sexual/minors", false},
                                                {"violence", true},
                                                {"violence/graphic", true}}};
constexpr std::string_view kTrigger = "flag:";

using Flags = std::bitset<kCategories.size()>;

Flags flags_in(std::string_view text) {
  Flags flags;
  for_each_word(text, [&flags](std::string_view /*piece*/, std::string_view word) {
    if (!word.starts_with(kTrigger)) return;
    for (std::size_t i = 0; i < kCategories.size(); ++i) {
      if (word.substr(kTrigger.size()) == kCategories[i].name) flags.set(i);
    }
  });
  return flags;
}

double score(std::string_view text, const Category& category, bool flagged) {
  const auto hash = text_hash(text, text_hash(category.name));
  const double uniform = static_cast<double>(hash >> 11U) * 0x1.0p-53;
  return flagged ? 0.9 + 0.1 * uniform : 0.01 * uniform;
}

ordered_json result(const ModerationInput& input) {
  const Flags flags = flags_in(input.text);
  ordered_json categories;
  ordered_json scores;
  ordered_json types;
  for (std::size_t i = 0; i < kCategories.size(); ++i) {
    const Category& category = kCategories[i];
    const std::string name(category.name);
    auto applied = ordered_json::array();
    if (input.has_text) applied.push_back("text");
    if (input.has_image && category.judges_images) applied.push_back("image");
    categories[name] = flags[i];
    scores[name] = applied.empty() ? 0.0 : score(input.text, category, flags[i]);
    types[name] = std::move(applied);
  }
  return {{"flagged", flags.any()},
          {"categories", std::move(categories)},
          {"category_scores", std::move(scores)},
          {"category_applied_input_types", std::move(types)}};
}

ModerationInput text_input(std::string_view text) {
  return {std::string(text), true, false};
}

void add_part(const BodyValue& part, ModerationInput& input) {
  const auto type = part.require("type");
  if (type.text() == "text") {
    if (input.has_text) input.text += '\n';
    input.text += part.require("text").text();
    input.has_text = true;
  } else if (type.text() == "image_url") {
    (void)part.require("image_url").require("url").text();
    input.has_image = true;
  } else {
    type.refuse("must be 'text' or 'image_url'");
  }
}

void read_list(const BodyValue& list, std::vector<ModerationInput>& inputs) {
  const std::size_t size = list.array_size();
  if (size == 0) list.refuse("must not be empty");
  if (size > kMaxInputs) list.refuse(fmt::format("must have at most {} elements", kMaxInputs));
  bool parts = false;
  list.for_each([&](const BodyValue& element) {
    if (inputs.empty() && element.is_object()) {
      parts = true;
      inputs.emplace_back();
    }
    if (parts) {
      add_part(element, inputs.front());
    } else {
      inputs.push_back(text_input(element.text()));
    }
  });
}

}  // namespace

std::expected<ModerationsQuestion, ApiError> read_moderations(std::string& body) {
  return read_body(body, [](const BodyValue& root) {
    ModerationsQuestion question;
    if (const auto model = root.find("model")) question.model = model->text();
    const auto input = root.require("input");
    if (input.is_string()) {
      question.inputs.push_back(text_input(input.text()));
    } else if (input.is_array()) {
      read_list(input, question.inputs);
    } else {
      input.refuse("must be a string, or a list of strings or of parts");
    }
    return question;
  });
}

std::string moderations_body(const ModerationsQuestion& question, std::string_view id) {
  auto results = ordered_json::array();
  for (const auto& input : question.inputs) results.push_back(result(input));
  const ordered_json body{{"id", fmt::format("modr-{}", id)},
                          {"model", question.model},
                          {"results", std::move(results)}};
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace hopcost::mockserver
