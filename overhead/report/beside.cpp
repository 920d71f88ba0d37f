#include "overhead/report/beside.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/status_line.hpp"
#include "common/version_text.hpp"
#include "overhead/gate/stored.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/table.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

constexpr std::string_view kCaveat =
    "changed by: second minus first, with a 95 % interval (Welch's t over restarts). The runs "
    "share "
    "no rounds, so what the machine did differently is in it; 'overhead compare' measures two "
    "builds in the same rounds.";

std::string change_text(const BesideRow& row) {
  if (!row.change) return "-";
  return fmt::format("{:+.1f} [{:.1f}, {:.1f}]", row.change->value / 1e3, row.change->low / 1e3,
                     row.change->high / 1e3);
}

BesideRow row_of(const Cell* then, const Cell* now, const std::string& quantity) {
  const Cell& either = now != nullptr ? *now : *then;
  BesideRow row{either.id,
                quantity,
                then != nullptr ? overhead_text(*then, quantity) : "-",
                now != nullptr ? overhead_text(*now, quantity) : "-",
                std::nullopt,
                {}};
  if (then == nullptr || now == nullptr) {
    row.which = then == nullptr ? "only in the second" : "only in the first";
    return row;
  }
  const bool told = then->state != State::no_verdict && now->state != State::no_verdict;
  if (told) row.change = grown_since(*now, *then, quantity, Budget::Kind::grown, 0.95);
  row.which = !row.change                   ? "no verdict"
              : row.change->contains_zero() ? "no difference to be seen"
              : row.change->value > 0       ? "more"
                                            : "less";
  return row;
}

std::string title(const ReadStudy& study) {
  return fmt::format("{} ({})", study.file.string(), study.started_at);
}

}  // namespace

std::vector<BesideRow> beside_rows(const ReadStudy& before, const ReadStudy& after) {
  std::vector<BesideRow> rows;
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
  return rows;
}

std::string beside(const ReadStudy& before, const ReadStudy& after) {
  std::string out = fmt::format("Added by the stack, in microseconds: first {}, second {}\n",
                                title(before), title(after));
  if (const auto why = other_machine(after, before); !why.empty()) {
    out += fmt::format("CAREFUL: {}\n", why);
  }
  std::vector<std::vector<std::string>> rows{
      {"cell", "quantity", "first", "second", "changed by", "which is"}};
  for (const auto& row : beside_rows(before, after)) {
    rows.push_back({row.cell, row.quantity, row.first, row.second, change_text(row), row.which});
  }
  out = printable_lines(out);
  if (rows.size() == 1) return out + "Neither has a cell.\n";
  return out + "\n" + aligned(rows) + fmt::format("\n{}\n", kCaveat);
}

nlohmann::json beside_json(const ReadStudy& before, const ReadStudy& after) {
  nlohmann::json json{{"schema", "hopcost.overhead-comparison/1"},
                      {"version", version_text()},
                      {"first", title(before)},
                      {"second", title(after)},
                      {"careful", other_machine(after, before)},
                      {"caveat", kCaveat},
                      {"rows", nlohmann::json::array()}};
  for (const auto& row : beside_rows(before, after)) {
    nlohmann::json change = nullptr;
    if (row.change) {
      change = {{"value", web::rounded(row.change->value)},
                {"low", web::rounded(row.change->low)},
                {"high", web::rounded(row.change->high)}};
    }
    json["rows"].push_back({{"cell", row.cell},
                            {"quantity", row.quantity},
                            {"first", row.first},
                            {"second", row.second},
                            {"change", change},
                            {"which", row.which}});
  }
  return json;
}

}  // namespace hopcost::overhead
