#include "overhead/plot/svg.hpp"

#include <fmt/format.h>

#include "common/xml.hpp"

namespace hopcost::overhead {

std::string shortened(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  auto end = most - 1;
  // Never inside a letter of several bytes.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

void put_text(SvgOut out, double x, double y, const std::string& text, const char* more) {
  fmt::format_to(out, "<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more,
                 xml_escaped(text));
}

std::string svg_document(double width, double height, const std::string& body) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
      "<style>text{{font:12px 'Liberation Sans','DejaVu Sans',Arial,sans-serif;fill:#1d2126;"
      "stroke:none}}.title{{font-size:16px;font-weight:bold}}.soft{{fill:#59616b}}.end{{text-"
      "anchor:"
      "end}}.middle{{text-anchor:middle}}.grid{{stroke:#e5e2da}}.zero{{stroke:#8b929b}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{2}</svg>\n",
      width, height, body);
}

}  // namespace hopcost::overhead
