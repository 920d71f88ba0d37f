// Every check that fired, over all cells, with its evidence.

import { h, scrolling, section, shortened, table } from "../dom";
import type { Selection } from "./selection";
import { cellTitle } from "./words";

const MOST = 200;

export function checks(selection: Selection): HTMLElement {
  const body = h("div", {});
  const draw = () => {
    const fired = selection.shown().flatMap((cell) => cell.checks.filter((check) => check.fired).map((check) => ({ cell, check })));
    // What holds of most cells comes last.
    const often = new Map<string, number>();
    for (const { check } of fired) often.set(check.code, (often.get(check.code) ?? 0) + 1);
    fired.sort((a, b) => Number(b.check.blocking) - Number(a.check.blocking) || (often.get(a.check.code) as number) - (often.get(b.check.code) as number));
    const rows = fired.slice(0, MOST).map(({ cell, check }) => [check.blocking ? "▲ no verdict" : "◆ note", check.code, cellTitle(cell), shortened(check.evidence || "–", 400)]);
    const more = fired.length > MOST ? ` ${MOST} of ${fired.length} are shown.` : "";
    body.replaceChildren(
      h("p", { class: "aside" }, `${fired.length} checks fired in ${selection.shown().length} cells.${more} docs/measurement.md says what each means and what to do.`),
      rows.length > 0 ? scrolling("Checks that fired", table(["weight", "check", "cell", "evidence"], rows)) : "",
    );
  };
  selection.onChange(draw);
  draw();
  return section("checks", "Checks", body);
}
