// Every check that fired, with its evidence and the cells that it holds of; and what was not checked.

import { h, scrolling, section, shortened, table } from "../dom";
import type { Cell, Check } from "./data";
import type { Selection } from "./selection";
import { cellTitle } from "./words";

const MOST = 150;

interface Finding {
  check: Check;
  cells: Cell[];
}

/// What is said in the same words of several cells is one finding.
function findings(cells: Cell[]): Finding[] {
  const all = new Map<string, Finding>();
  for (const cell of cells) {
    for (const check of cell.checks) {
      if (!check.fired) continue;
      const key = `${check.code} ${check.blocking} ${check.evidence}`;
      const known = all.get(key);
      if (known) known.cells.push(cell);
      else all.set(key, { check, cells: [cell] });
    }
  }
  return [...all.values()].sort((a, b) => Number(b.check.blocking) - Number(a.check.blocking) || a.cells.length - b.cells.length);
}

function who(cells: Cell[], all: Cell[]): string {
  if (cells.length === 1) return cellTitle(cells[0]);
  if (cells.length === all.length) return `all ${all.length} cells`;
  return `${cells.length} cells: ${cells.slice(0, 2).map(cellTitle).join("; ")}${cells.length > 2 ? "; …" : ""}`;
}

function notMade(cells: Cell[]): string {
  const codes = new Map<string, number>();
  for (const cell of cells) {
    for (const check of cell.checks) if (!check.checked) codes.set(check.code, (codes.get(check.code) ?? 0) + 1);
  }
  if (codes.size === 0) return "";
  return `Not checked, because there was nothing to check it by: ${[...codes].map(([code, n]) => `${code} (${n === 1 ? "1 cell" : `${n} cells`})`).join(", ")}.`;
}

export function checks(selection: Selection): HTMLElement {
  const body = h("div", {});
  const draw = () => {
    const cells = selection.shown();
    const all = findings(cells);
    const rows = all.slice(0, MOST).map((one) => [one.check.blocking ? "▲ no verdict" : "◆ note", one.check.code, who(one.cells, cells), shortened(one.check.evidence || "–", 400)]);
    const more = all.length > MOST ? ` ${MOST} of ${all.length} are shown.` : "";
    body.replaceChildren(
      h("p", { class: "aside" }, `${all.length === 0 ? "No check fired." : `What fired, what it takes away, and by what evidence.${more}`} docs/measurement.md says what each means and what to do.`),
      rows.length > 0 ? scrolling("Checks that fired", table(["weight", "check", "where", "evidence"], rows)) : "",
      h("p", { class: "aside" }, notMade(cells)),
    );
  };
  selection.onChange(draw);
  draw();
  return section("checks", "Checks", body);
}
