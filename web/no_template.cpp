#include "web/template.hpp"

namespace hopcost::web {

const std::string_view kHead;
const std::string_view kTail;

}  // namespace hopcost::web
