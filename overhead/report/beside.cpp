#include "overhead/report/beside.hpp"

#include <vector>

#include <fmt/format.h>

#include "overhead/gate/stored.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/table.hpp"

namespace hopcost::overhead {
namespace {

std::string change_text(const Estimate& change) {
  return fmt::format("{:+.1f} [{:.1f}, {:.1f}]", change.value / 1e3, change.low / 1e3,
                     change.high / 1e3);
}

std::vector<std::string> row_of(const Cell* then, const Cell* now, const std::string& quantity) {
  const Cell& either = now != nullptr ? *now : *then;
  std::vector<std::string> row{either.id, quantity,
                               then != nullptr ? overhead_text(*then, quantity) : "-",
                               now != nullptr ? overhead_text(*now, quantity) : "-"};
  if (then == nullptr || now == nullptr) {
    row.insert(row.end(), {"-", then == nullptr ? "only in the second" : "only in the first"});
    return row;
  }
  const bool told = then->state != State::no_verdict && now->state != State::no_verdict;
  const auto change =
      told ? grown_since(*now, *then, quantity, Budget::Kind::grown, 0.95) : std::nullopt;
  if (!change) {
    row.insert(row.end(), {"-", "no verdict"});
    return row;
  }
  row.push_back(change_text(*change));
  row.emplace_back(change->contains_zero() ? "no difference to be seen"
                   : change->value > 0     ? "more"
                                           : "less");
  return row;
}

}  // namespace

std::string beside(const ReadStudy& before, const ReadStudy& after) {
  std::vector<std::vector<std::string>> rows{
      {"cell", "quantity", "first", "second", "changed by", "which is"}};
  const auto put = [&](const Cell* then, const Cell* now) {
    const Cell& either = now != nullptr ? *now : *then;
    if (either.asked.load == Load::ceiling) return;
    rows.push_back(row_of(then, now, either.headline()));
    if (either.asked.mode == Mode::stream) rows.push_back(row_of(then, now, kPerChunk));
  };
  for (const auto& cell : before.cells) put(&cell, stored_cell(cell, after));
  for (const auto& cell : after.cells) {
    if (stored_cell(cell, before) == nullptr) put(nullptr, &cell);
  }
  std::string out =
      fmt::format("Added by the stack, in microseconds: first {} ({}), second {} ({})\n",
                  before.file.string(), before.started_at, after.file.string(), after.started_at);
  if (const auto why = other_machine(after, before); !why.empty()) {
    out += fmt::format("CAREFUL: {}\n", why);
  }
  if (rows.size() == 1) return out + "Neither has a cell.\n";
  return out + "\n" + aligned(rows) +
         "\nchanged by: second minus first, with a 95 % interval (Welch's t over restarts). The "
         "runs "
         "share no rounds, so\nwhat the machine did differently is in it; 'overhead compare' "
         "measures two builds in the same rounds.\n";
}

}  // namespace hopcost::overhead
