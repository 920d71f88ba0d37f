#pragma once

#include <cstddef>
#include <iterator>
#include <string>

namespace hopcost::overhead {

using SvgOut = std::back_insert_iterator<std::string>;

inline constexpr double kLetterWidth = 6.8;  ///< of one, at 12 px, on the large side

/// At most so many bytes, never cut inside a letter; an ellipsis says where something was.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t most = 44);

/// Text at a place, escaped; `more` are attributes, with a space in front.
void put_text(SvgOut out, double x, double y, const std::string& text, const char* more = "");

/// The document around a body: size in px, type, classes `title`, `soft`, `end`, `middle`, `grid`,
/// `zero`.
[[nodiscard]] std::string svg_document(double width, double height, const std::string& body);

}  // namespace hopcost::overhead
