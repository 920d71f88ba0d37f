#include "loadgen/schedule/arrivals.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>

namespace hopcost::loadgen {
namespace {

using Kind = Arrival::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 5> kNames{{{Kind::constant, "constant"},
                                                                   {Kind::uniform, "uniform"},
                                                                   {Kind::poisson, "poisson"},
                                                                   {Kind::gamma, "gamma"},
                                                                   {Kind::burst, "burst"}}};

}  // namespace

std::optional<Kind> arrival_kind(std::string_view name) {
  const auto* const found =
      std::ranges::find(kNames, name, &std::pair<Kind, std::string_view>::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

std::string_view name_of(Kind kind) {
  return std::ranges::find(kNames, kind, &std::pair<Kind, std::string_view>::first)->second;
}

Arrivals::Arrivals(const Arrival& how, std::uint64_t seed) : how_(how), random_(seed) {}

double Arrivals::next() {
  const auto index = static_cast<double>(index_++);
  switch (how_.kind) {
    case Kind::constant:
      return index;
    case Kind::uniform:
      return index + how_.jitter * random_.uniform();
    case Kind::burst:
      return index - static_cast<double>((index_ - 1) % how_.burst);
    case Kind::poisson:
    case Kind::gamma:
      break;
  }
  at_ += next_gap();
  return at_;
}

double Arrivals::next_gap() {
  if (how_.kind == Kind::poisson) {
    return boost::random::exponential_distribution<double>(1)(random_);
  }
  return boost::random::gamma_distribution<double>(how_.burstiness, 1 / how_.burstiness)(random_);
}

}  // namespace hopcost::loadgen
