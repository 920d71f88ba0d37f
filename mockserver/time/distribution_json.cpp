#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "mockserver/time/distribution.hpp"
#include "mockserver/time/quantity.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

void write_spread(json& out, const Distribution& d, const Quantity& quantity) {
  switch (d.spread()) {
    case Distribution::Spread::stddev:
      out["stddev"] = quantity.write(d.second());
      break;
    case Distribution::Spread::cv:
      out["cv"] = d.second();
      break;
    case Distribution::Spread::shape:
      out["shape"] = d.second();
      break;
    case Distribution::Spread::quantiles:
      break;
  }
}

void write_empirical(json& out, const Distribution& d, const Quantity& quantity) {
  out["distribution"] = "empirical";
  if (d.kind() == Distribution::Kind::percentiles) {
    json table = json::object();
    for (const auto& [p, value] : d.quantiles()) {
      table[fmt::format("{}", p)] = quantity.write(value);
    }
    out["percentiles"] = std::move(table);
    return;
  }
  json values = json::array();
  for (const double value : d.values()) values.push_back(quantity.write(value));
  out["values"] = std::move(values);
  out["order"] = d.order() == Distribution::Order::random ? "random" : "sequence";
}

json encode(const Distribution& d, const Quantity& quantity) {
  using Kind = Distribution::Kind;
  if (d.kind() == Kind::constant) return quantity.write(d.first());
  json out = json::object();
  switch (d.kind()) {
    case Kind::uniform:
      return {{"distribution", "uniform"},
              {"min", quantity.write(d.first())},
              {"max", quantity.write(d.second())}};
    case Kind::lognormal:
      out["distribution"] = "lognormal";
      if (d.spread() == Distribution::Spread::quantiles) {
        out["p50"] = quantity.write(d.first());
        out["p99"] = quantity.write(d.second());
        break;
      }
      out["mean"] = quantity.write(d.first());
      out["stddev"] = quantity.write(d.second());
      break;
    case Kind::percentiles:
    case Kind::trace:
      write_empirical(out, d, quantity);
      break;
    default:
      out["distribution"] = d.kind() == Kind::gamma ? "gamma" : "normal";
      out["mean"] = quantity.write(d.first());
      write_spread(out, d, quantity);
  }
  if (d.asked_min()) out["min"] = quantity.write(*d.asked_min());
  if (d.asked_max()) out["max"] = quantity.write(*d.asked_max());
  return out;
}

}  // namespace

json duration_json(const Distribution& distribution) {
  return encode(distribution, Quantity::time());
}

json count_json(const Distribution& distribution) {
  return encode(distribution, Quantity{false, 0, 0});
}

}  // namespace hopcost::mockserver
