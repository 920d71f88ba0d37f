#include "mockserver/server/exchange.hpp"

#include "mockserver/server/connection.hpp"
namespace hopcost::mockserver {
void Connection::answer_generated() {
  answer_now(error_reply({501, "x"}));
}
}  // namespace hopcost::mockserver
