// What could not be said, and why: cells without a verdict by reason, what did not come up, what was left out.

import { h, section, shortened } from "../dom";
import type { Run } from "./data";
import { cellTitle } from "./words";

function item(title: string, text: string, cells: string[]): HTMLElement {
  const some = cells.slice(0, 6);
  return h(
    "li",
    {},
    h("b", {}, title),
    " ",
    shortened(text, 400),
    some.length > 0 ? h("span", { class: "aside" }, ` — ${some.join("; ")}${cells.length > some.length ? `; and ${cells.length - some.length} more` : ""}`) : null,
  );
}

export function unsaid(run: Run): HTMLElement | null {
  const reasons = new Map<string, { evidence: string; cells: string[] }>();
  const add = (code: string, evidence: string, cell: string) => {
    const known = reasons.get(code);
    if (known) known.cells.push(cell);
    else reasons.set(code, { evidence, cells: [cell] });
  };
  for (const cell of run.cells) {
    if (cell.state !== "no verdict") continue;
    const blocking = cell.checks.filter((check) => check.fired && check.blocking);
    for (const check of blocking) add(check.code, check.evidence, cellTitle(cell));
    if (blocking.length === 0) add("not measured", cell.reasons.at(-1) ?? "", cellTitle(cell));
  }
  const items = [
    ...[...reasons].map(([code, { evidence, cells }]) => item(`No verdict, ${code}:`, evidence, cells)),
    ...run.failures.map((text) => item("Did not come up:", text, [])),
    ...run.left_out.map((text) => item("Left out:", text, [])),
  ];
  if (run.trial) items.push(item("A trial:", "fewer than ten restarts; the intervals are honest, but wide.", []));
  if (items.length === 0) return null;
  return section("unsaid", "What could not be said", h("ul", { class: "unsaid" }, ...items));
}
