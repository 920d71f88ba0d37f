#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace hopcost {

/// The text with $NAME, ${NAME} and ${NAME:-text} replaced by what the environment says, as
/// envsubst does; a dollar sign that no name follows stays. Unlike there a variable that is not set
/// and has no other text is refused: the error is its name.
[[nodiscard]] std::expected<std::string, std::string> with_environment(std::string_view text);

}  // namespace hopcost
