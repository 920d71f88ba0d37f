// All cells as a table, a page at a time: a thousand rows at once help nobody.

import { h, scrolling, section } from "../dom";
import { bytes, micros } from "../units";
import { statePill } from "./answer";
import type { Selection } from "./selection";
import { addedShort, cellTitle } from "./words";

const PAGE = 50;

export function cellTable(selection: Selection): HTMLElement {
  let from = 0;
  let wanted = "";
  const body = h("tbody", {});
  const told = h("p", { class: "aside", role: "status" });
  const turn = (by: number) => h("button", { click: () => ((from += by), draw()) }, by > 0 ? "Next" : "Previous");
  const [back, on] = [turn(-PAGE), turn(PAGE)];
  const draw = () => {
    const cells = selection.shown().filter((cell) => `${cellTitle(cell)} ${cell.id} ${cell.state}`.toLowerCase().includes(wanted));
    from = Math.max(0, Math.min(from, cells.length - 1));
    from -= from % PAGE;
    body.replaceChildren(
      ...cells.slice(from, from + PAGE).map((cell) => {
        const open = () => {
          selection.choose(cell.id);
          document.getElementById("detail")?.scrollIntoView();
        };
        const noise = cell.added[cell.headline]?.noise;
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, h("button", { class: "link", click: open }, cellTitle(cell))),
          h("td", {}, statePill(cell.state)),
          h("td", { class: "figure" }, cell.load === "ceiling" ? "–" : addedShort(cell, cell.headline)),
          h("td", { class: "figure" }, noise == null || cell.load === "ceiling" ? "–" : micros(noise)),
          h("td", { class: "figure" }, cell.mode === "stream" && cell.load === "latency" ? addedShort(cell, "chunk_transit.p50") : "–"),
          h("td", { class: "figure" }, cell.cpu_per_request_ns ? micros(cell.cpu_per_request_ns[0]) : "–"),
          h("td", { class: "figure" }, cell.memory_bytes ? bytes(cell.memory_bytes[0]) : "–"),
          h("td", { class: "figure" }, String(cell.restarts)),
        );
      }),
    );
    told.textContent = cells.length === 0 ? "No cell is like that." : `${from + 1} to ${Math.min(from + PAGE, cells.length)} of ${cells.length} cells`;
    back.disabled = from === 0;
    on.disabled = from + PAGE >= cells.length;
    back.hidden = on.hidden = cells.length <= PAGE;
  };
  const search = h("input", { type: "search", input: () => ((wanted = search.value.toLowerCase()), (from = 0), draw()) });
  selection.onChange(() => ((from = 0), draw()));
  draw();
  const heading = ["cell", "state", "added to the median, µs", "noise floor, µs", "added to a chunk, µs", "CPU a request, µs", "memory", "restarts"];
  return section(
    "cells",
    "All cells",
    h("div", { class: "choices" }, h("label", { class: "choice" }, h("span", {}, "Find"), search), told, back, on),
    scrolling("Cells", h("table", { class: "cells" }, h("thead", {}, h("tr", {}, ...heading.map((text) => h("th", { scope: "col" }, text)))), body)),
  );
}
