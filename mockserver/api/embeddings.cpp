#include "mockserver/api/embeddings.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "common/base64.hpp"
#include "common/random.hpp"
#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/text_hash.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::int64_t kMaxTokenId = INT32_MAX;
/// Makes the ids of a text's tokens another input than the text.
constexpr std::uint64_t kIdsSeed = 1;

void read_text(const BodyValue& input, EmbeddingsQuestion& question) {
  if (!input.is_string()) input.refuse("must be a string, as the input before it");
  std::string_view text = input.text();
  if (text.empty()) input.refuse("must not be empty");
  question.prompt_tokens += count_tokens(text);
  if (const auto stamp = read_request_stamp(text)) {
    if (!question.stamp_id) question.stamp_id = stamp->id;
    text.remove_prefix(RequestStamp::kSize);
  }
  question.input_hashes.push_back(text_hash(text));
}

void read_ids(const BodyValue& input, EmbeddingsQuestion& question) {
  if (!input.is_array()) input.refuse("must be a list of token ids, as the input before it");
  std::uint64_t hash = kIdsSeed;
  std::uint64_t count = 0;
  input.for_each([&](const BodyValue& id) {
    hash = Random::mix(hash + 0x9e3779b97f4a7c15U +
                       static_cast<std::uint64_t>(id.whole(0, kMaxTokenId)));
    ++count;
  });
  if (count == 0) input.refuse("must not be empty");
  question.prompt_tokens += count;
  question.input_hashes.push_back(hash);
}

void read_list(const BodyValue& list, EmbeddingsQuestion& question) {
  if (list.array_size() > kMaxInputs) {
    list.refuse(fmt::format("must have at most {} elements", kMaxInputs));
  }
  bool first = true;
  bool texts = false;
  list.for_each([&](const BodyValue& input) {
    if (first) texts = input.is_string();
    first = false;
    texts ? read_text(input, question) : read_ids(input, question);
  });
}

void read_input(const BodyValue& input, EmbeddingsQuestion& question) {
  if (input.is_string()) return read_text(input, question);
  if (!input.is_array()) input.refuse("must be a string, or a list of strings or token ids");
  bool empty = true;
  bool ids = false;
  input.for_each([&](const BodyValue& element) {
    if (!empty) return;
    empty = false;
    ids = element.is_number();
    if (!ids && !element.is_string() && !element.is_array()) {
      element.refuse("must be a string, a token id or a list of token ids");
    }
  });
  if (empty) input.refuse("must not be empty");
  ids ? read_ids(input, question) : read_list(input, question);
}

/// The vector of length 1 for `seed`: the direction's numbers are each the sum of four 16-bit
/// uniform ones, so near enough to normal that no direction is favoured, and whole, so that the sum
/// of their squares is exact and only a square root and divisions round, which IEEE 754 defines.
void fill_unit_vector(std::uint64_t seed, std::uint32_t dimensions, std::vector<float>& vector) {
  Random random(seed);
  std::array<std::int32_t, kMaxDimensions> whole{};
  std::uint64_t squares = 0;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const std::uint64_t bits = random();
    const auto sum = static_cast<std::int32_t>((bits & 0xffffU) + (bits >> 16U & 0xffffU) +
                                               (bits >> 32U & 0xffffU) + (bits >> 48U));
    whole[i] = sum - 2 * 0xffff;
    squares += static_cast<std::uint64_t>(std::int64_t{whole[i]} * whole[i]);
  }
  if (squares == 0) squares = static_cast<std::uint64_t>(whole[0] = 1);
  const double length = std::sqrt(static_cast<double>(squares));
  vector.resize(dimensions);
  for (std::uint32_t i = 0; i < dimensions; ++i) vector[i] = static_cast<float>(whole[i] / length);
}

void append_numbers(std::string& out, const std::vector<float>& vector) {
  char separator = '[';
  for (const float number : vector) {
    out += separator;
    separator = ',';
    std::array<char, 24> digits;  // the shortest digits that are read back as this float
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
  }
  out += ']';
}

void append_packed(std::string& out, const std::vector<float>& vector) {
  static_assert(std::endian::native == std::endian::little);
  out += '"';
  append_base64(out, {reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)});
  out += '"';
}

}  // namespace

std::expected<EmbeddingsQuestion, ApiError> read_embeddings(std::string& body) {
  return read_body(body, [](const BodyValue& root) {
    EmbeddingsQuestion question;
    question.model = root.require("model").text();
    if (const auto format = root.find("encoding_format")) {
      question.base64 = format->text() == "base64";
      if (!question.base64 && format->text() != "float") {
        format->refuse("must be 'float' or 'base64'");
      }
    }
    if (const auto dimensions = root.find("dimensions")) {
      question.dimensions = static_cast<std::uint32_t>(dimensions->whole(1, kMaxDimensions));
    }
    if (const auto user = root.find("user")) (void)user->text();
    read_input(root.require("input"), question);
    return question;
  });
}

std::expected<std::string, ApiError> embeddings_body(const EmbeddingsQuestion& question,
                                                     std::uint32_t default_dimensions) {
  const std::uint32_t dimensions =
      std::clamp(question.dimensions.value_or(default_dimensions), 1U, kMaxDimensions);
  const std::uint64_t inputs = question.input_hashes.size();
  if (inputs * dimensions > kMaxEmbeddingNumbers) {
    const std::string param = question.dimensions ? "dimensions" : "input";
    return std::unexpected(
        ApiError{400,
                 fmt::format("'{}' asks for {} vectors of {} numbers; a reply has at most {} "
                             "numbers.",
                             param, inputs, dimensions, kMaxEmbeddingNumbers),
                 param});
  }
  std::string out;
  // A number takes 10 to 14 bytes as text, 5.4 in base64.
  out.reserve(inputs * (64 + std::uint64_t{dimensions} * (question.base64 ? 6 : 14)) + 256);
  out += R"({"object":"list","data":[)";
  const std::uint64_t model_seed = text_hash(question.model);
  std::vector<float> vector;
  for (std::uint64_t i = 0; i < inputs; ++i) {
    if (i != 0) out += ',';
    fmt::format_to(std::back_inserter(out), R"({{"object":"embedding","index":{},"embedding":)", i);
    fill_unit_vector(Random::mix(question.input_hashes[i] ^ model_seed), dimensions, vector);
    question.base64 ? append_packed(out, vector) : append_numbers(out, vector);
    out += '}';
  }
  using nlohmann::json;
  fmt::format_to(std::back_inserter(out),
                 R"(],"model":{},"usage":{{"prompt_tokens":{},"total_tokens":{}}}}})",
                 json(question.model).dump(-1, ' ', false, json::error_handler_t::replace),
                 question.prompt_tokens, question.prompt_tokens);
  return out;
}

}  // namespace hopcost::mockserver
