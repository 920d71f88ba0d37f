// The raw evidence: what each round of each restart said, beside what the backend said of itself in the same round.

import { chartFigure, type Line } from "../chart";
import type { Cell } from "./data";
import { quantityName } from "./words";

interface Difference {
  restart: number;
  at: number;
  value: number;
}

/// One arm minus another of the same restart and round; a round stands a little beside the one before.
function differences(cell: Cell, quantity: string, arm: string, base: string): Difference[] {
  const { restart, round, arm: arms, values } = cell.passes;
  const of = (name: string) => {
    const found = new Map<string, number>();
    arms.forEach((one, i) => {
      const value = values[quantity][i];
      if (one === name && value !== null) found.set(`${restart[i]} ${round[i]}`, value);
    });
    return found;
  };
  const theirs = of(base);
  const rounds = Math.max(1, ...round.map((one) => one + 1));
  return [...of(arm)].flatMap(([key, value]) => {
    const other = theirs.get(key);
    if (other === undefined) return [];
    const [at, turn] = key.split(" ").map(Number);
    return [{ restart: at, at: at + 1 + ((turn + 0.5) / rounds - 0.5) * 0.6, value: value - other }];
  });
}

export function pairs(cell: Cell, quantity: string, armName: (cell: Cell, arm: string) => string): HTMLElement | null {
  const line = (arm: string, look: number, faint: boolean): Line | null => {
    const all = differences(cell, quantity, arm, cell.theirs);
    if (all.length === 0) return null;
    return {
      name: `${armName(cell, arm)} minus ${armName(cell, cell.theirs)}`,
      look,
      faint,
      line: false,
      x: all.map((one) => one.at),
      y: all.map((one) => one.value),
      note: all.map((one) => `restart ${one.restart + 1}`),
    };
  };
  const lines = [cell.control ? line(cell.control, 6, true) : null, line(cell.ours, 0, false)].filter((one) => one !== null);
  if (lines.length === 0) return null;
  const added = cell.state === "no verdict" ? undefined : cell.added[quantity];
  const rates = !quantity.includes(".");
  const restarts = new Set(cell.passes.restart).size;
  return chartFigure({
    id: "pairs",
    title: `Round by round: ${quantityName(quantity)}`,
    note: `Each point is one round, each column one restart; n = ${lines.at(-1)?.x.length} rounds in ${restarts} restarts. Grey: the backend against itself.`,
    x: { label: "restart", scale: "linear", ticks: Array.from({ length: Math.min(40, restarts) }, (_, i) => i + 1), text: (value) => String(Math.round(value)) },
    y: { label: "difference", kind: rates ? "rate" : "time" },
    lines,
    band: added ? { low: added.low, high: added.high, text: "interval of the estimate" } : undefined,
  });
}
