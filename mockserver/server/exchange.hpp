#pragma once
namespace hopcost::mockserver {
class Exchange {};
}  // namespace hopcost::mockserver
