#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "loadgen/workload/token_length.hpp"

namespace hopcost::loadgen {

/// The interface that requests are sent to. docs/loadgen.md says which forms of reply are read.
enum class Api : std::uint8_t { chat, completions, embeddings, responses };

inline constexpr std::array<std::string_view, 4> kApiNames{"chat", "completions", "embeddings",
                                                           "responses"};
[[nodiscard]] constexpr std::string_view name_of(Api api) {
  return kApiNames[static_cast<std::size_t>(api)];
}

/// Below the API's base: "chat/completions".
[[nodiscard]] constexpr std::string_view path_of(Api api) {
  constexpr std::array<std::string_view, 4> kPaths{"chat/completions", "completions", "embeddings",
                                                   "responses"};
  return kPaths[static_cast<std::size_t>(api)];
}

/// Something drawn more or less often.
struct Weighted {
  std::string name;
  double weight = 1;

  bool operator==(const Weighted&) const = default;
};

/// "mock-model", or "mock-model=3": a weight behind the last '='.
[[nodiscard]] Result<Weighted> parse_weighted(std::string_view text);

/// Requests of one kind in a mix.
struct RequestClass {
  Weighted share;
  TokenLength prompt = 32;
  TokenLength output = 64;
};

/// "short=40:prompt=64,output=32": a name, its weight, and lengths as TokenLength reads them. What
/// is not said is as in `otherwise`.
[[nodiscard]] Result<RequestClass> parse_class(std::string_view text,
                                               const RequestClass& otherwise);

/// Beginnings that requests share, as inference-perf's `shared_prefix` has them: `groups` system
/// prompts of `system` tokens; requests take the groups in turn.
struct SharedPrefix {
  int groups = 0;             ///< 0: nothing is shared
  int prompts = 0;            ///< different questions of a group, in turn; 0: none comes twice
  TokenLength system = 512;   ///< one length a group
  TokenLength question = 64;  ///< behind it
};

/// "groups=8,prompts=16,system=1024,question=normal(64,16)"
[[nodiscard]] Result<SharedPrefix> parse_shared_prefix(std::string_view text);

/// Splits "a=1,b=normal(1,2)" at commas outside brackets; empty entries stay.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

}  // namespace hopcost::loadgen
