#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "mockserver/api/limits.hpp"

namespace hopcost::mockserver {

/// What the mock pretends to be: which models it has, how long their answers are, and how fast they
/// come. A value; a server swaps a whole Scenario, never a field of one in use.
struct Scenario {
  Nanos ttft = 0;                    ///< from a request's last byte to the first token
  Nanos itl = 0;                     ///< between two tokens
  std::uint32_t output_tokens = 64;  ///< length of an answer that no request cuts short
  bool role_early = false;           ///< headers and role chunk leave at once, not with token 0
  std::vector<std::string> models{"mock-model"};
};

/// Longest delay: times kMaxTokens it still fits 64 bits of nanoseconds.
inline constexpr Nanos kMaxDelay = 3600 * kSecond;

/// The Error's `where` is the key that is wrong.
[[nodiscard]] Result<void> check(const Scenario& scenario);

/// {"ttft": "2ms", "itl": "0", "output_tokens": 64, "role_early": false, "models": [...]}
[[nodiscard]] nlohmann::json to_json(const Scenario& scenario);

/// `scenario` with the keys that `json_text` names: any of ttft, itl, output_tokens, role_early.
/// Strict: an unknown key or a bad value gives an Error whose `where` is that key.
[[nodiscard]] Result<Scenario> with_changes(Scenario scenario, std::string_view json_text);

}  // namespace hopcost::mockserver
