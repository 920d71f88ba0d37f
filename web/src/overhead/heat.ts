// Workers and replicas against load, as a table whose cells are shaded by what is added: each says its figure, and
// leads to the cell's details.

import { h, scrolling, section, shortened } from "../dom";
import { lineNames, loadOf, loadText, resolved, type Cell } from "./data";
import type { Selection } from "./selection";
import { addedShort, cellTitle } from "./words";

const MOST_ROWS = 60;

function shade(cell: Cell, most: number): string {
  const added = cell.added[cell.headline];
  if (!added || cell.state === "no verdict" || !resolved(added)) return "";
  const share = Math.min(1, Math.log1p(Math.max(0, added.value) / 2e4) / Math.log1p(most / 2e4));
  return `--heat: ${(4 + 44 * share ** 1.5).toFixed(0)}%`;
}

function grid(selection: Selection, cells: Cell[], mode: Cell["mode"]): HTMLElement {
  const name = lineNames(selection.run.cells.filter((cell) => cell.load === "latency"));
  const loads = [...new Map(cells.map((cell) => [loadText(cell), loadOf(cell)]))].sort((a, b) => a[1] - b[1]);
  const rows = new Map<string, Map<string, Cell>>();
  for (const cell of cells) {
    const row = rows.get(name(cell)) ?? new Map<string, Cell>();
    row.set(loadText(cell), cell);
    rows.set(name(cell), row);
  }
  const most = Math.max(1, ...cells.map((cell) => (cell.state === "no verdict" ? 0 : (cell.added[cell.headline]?.value ?? 0))));
  const body = [...rows].slice(0, MOST_ROWS).map(([label, row]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, shortened(label, 48)),
      ...loads.map(([load]) => {
        const cell = row.get(load);
        if (!cell) return h("td", { class: "none" }, "–");
        const open = () => {
          selection.choose(cell.id);
          document.getElementById("detail")?.scrollIntoView();
        };
        const kind = cell.state.replaceAll(" ", "-");
        return h("td", { class: kind, style: shade(cell, most) }, h("button", { click: open, title: cellTitle(cell) }, addedShort(cell, cell.headline)));
      }),
    ),
  );
  const caption = mode === "unary" ? "Plain: added to the median request, µs" : "Streamed: added to the median time to first token, µs";
  return scrolling(
    caption,
    h(
      "table",
      { class: "heat" },
      h("caption", {}, `${caption} [interval]${rows.size > MOST_ROWS ? `; ${MOST_ROWS} of ${rows.size} rows, filter to see others` : ""}`),
      h("thead", {}, h("tr", {}, h("td", {}), ...loads.map(([load]) => h("th", { scope: "col" }, load)))),
      h("tbody", {}, ...body),
    ),
  );
}

export function heatMap(selection: Selection): HTMLElement | null {
  if (!selection.run.cells.some((cell) => cell.load === "latency")) return null;
  const body = h("div", { class: "grids" });
  const draw = () => {
    const grids = (["unary", "stream"] as const).map((mode) => {
      const cells = selection.latencies().filter((cell) => cell.mode === mode);
      return cells.length > 0 ? grid(selection, cells, mode) : null;
    });
    body.replaceChildren(...grids.filter((one) => one !== null));
  };
  selection.onChange(draw);
  draw();
  const note = "Darker: more is added (logarithmic). Hatched: no verdict. “< X”: nothing above X was there to see. A figure leads to its details.";
  return section("map", "Workers, replicas and load at a glance", h("p", { class: "aside" }, note), body);
}
