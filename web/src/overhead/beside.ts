// The page of `overhead report --compare A B`: what the stack added then and now, and whether that has changed.

import { chartFigure } from "../chart";
import { h, scrolling, section, shortened, table } from "../dom";
import { micros, several } from "../units";
import { quantityName } from "./words";

/// What overhead/report/beside.cpp puts into it; times in nanoseconds.
export interface Beside {
  schema: string;
  version: string;
  first: string;
  second: string;
  /// how the machines differ; empty: they do not
  careful: string;
  caveat: string;
  rows: { cell: string; quantity: string; first: string; second: string; change: { value: number; low: number; high: number } | null; which: string }[];
}

type Row = Beside["rows"][number];

function changeText({ change }: Row): string {
  return change === null ? "–" : `${change.value > 0 ? "+" : ""}${micros(change.value)} µs [${micros(change.low)}, ${micros(change.high)}]`;
}

function answer(data: Beside): HTMLElement {
  const of = (which: string) => data.rows.filter((row) => row.which === which);
  const [more, less] = [of("more"), of("less")];
  const told = data.rows.filter((row) => row.change !== null);
  const worst = [...more].sort((a, b) => (b.change?.value ?? 0) - (a.change?.value ?? 0))[0];
  const title =
    told.length === 0
      ? "No verdict: nothing of the two runs can be compared."
      : more.length + less.length === 0
        ? `No difference to be seen in ${several(told.length, "figure")}.`
        : `Of ${several(told.length, "figure")} ${more.length} added more, ${less.length} less${worst ? `; the most: ${shortened(worst.cell, 60)}, ${quantityName(worst.quantity)}, ${changeText(worst)}` : ""}.`;
  return h(
    "section",
    { id: "answer", class: told.length === 0 ? "no-verdict" : "measured", "aria-labelledby": "answer-title" },
    h("p", { class: "kicker" }, "two runs beside each other"),
    h("h1", { id: "answer-title" }, title),
    data.careful ? h("p", { class: "verdicts" }, h("span", { class: "pill no-verdict" }, "▲ careful"), ` ${shortened(data.careful, 300)}`) : null,
    h("dl", { class: "facts" }, h("div", {}, h("dt", {}, "first"), h("dd", {}, shortened(data.first, 200))), h("div", {}, h("dt", {}, "second"), h("dd", {}, shortened(data.second, 200)))),
  );
}

function changes(data: Beside): HTMLElement | null {
  const rows = data.rows.filter((row) => row.change !== null);
  if (rows.length === 0) return null;
  const x = rows.map((_, i) => i + 1);
  return section(
    "changes",
    "What has changed",
    h(
      "div",
      { class: "charts" },
      chartFigure({
        id: "changes",
        title: "Second minus first",
        note: `Each figure with its 95 % interval, numbered as in the table; n = ${rows.length} figures. Above zero: the second run added more.`,
        x: { label: "number in the table", scale: "linear", text: (value: number) => (Number.isInteger(value) ? String(value) : "") },
        y: { label: "time", kind: "time" },
        level: { at: 0, text: "no change" },
        lines: [{ name: "change", look: 0, line: false, points: true, x, y: rows.map((row) => row.change?.value ?? null), low: rows.map((row) => row.change?.low ?? null), high: rows.map((row) => row.change?.high ?? null), note: rows.map((row) => `${shortened(row.cell, 60)}, ${quantityName(row.quantity)}`) }],
      }),
    ),
  );
}

function everything(data: Beside): HTMLElement {
  let number = 0;
  const rows = data.rows.map((row) => [row.change === null ? "" : String(++number), shortened(row.cell, 80), quantityName(row.quantity), row.first, row.second, changeText(row), row.which === "more" ? "▲ more" : row.which === "less" ? "▼ less" : row.which]);
  return section("rows", "Figure by figure", rows.length > 0 ? scrolling("Figures", table(["", "cell", "quantity", "first, µs", "second, µs", "changed by", "which is"], rows, data.caveat)) : h("p", { class: "empty" }, "Neither run has a cell."));
}

export function besidePage(data: Beside): (Node | null)[] {
  document.title = "two runs · hopcost";
  return [answer(data), changes(data), everything(data)];
}
