// A latency distribution as HdrHistogram users know it: the x axis stretches towards 100 %.

import { chartFigure } from "../chart";
import { count } from "../units";
import type { Cell } from "./data";
import { metricName } from "./words";

const TICKS: [number, string][] = [[0, "0 %"], [0.5, "50 %"], [0.9, "90 %"], [0.99, "99 %"], [0.999, "99.9 %"], [0.9999, "99.99 %"], [0.99999, "99.999 %"]];

function stretched(share: number): number {
  return -Math.log10(1 - share);
}

function shareText(x: number): string {
  const known = TICKS.find(([share]) => Math.abs(stretched(share) - x) < 1e-9);
  return known ? known[1] : `${Number((100 * (1 - 10 ** -x)).toPrecision(5))} %`;
}

export function distribution(cell: Cell, metric: string, armName: (cell: Cell, arm: string) => string): HTMLElement {
  const arms = [cell.theirs, cell.ours].filter((arm) => cell.distributions[arm]?.[metric]);
  const lines = arms.map((arm) => {
    const { shares, ns } = cell.distributions[arm][metric];
    return { name: armName(cell, arm), look: arm === cell.ours ? 0 : 6, dash: arm === cell.ours ? [] : [6, 4], points: false, x: shares.map(stretched), y: ns };
  });
  const samples = arms.map((arm) => `${armName(cell, arm)} ${count(cell.distributions[arm][metric].n)}`).join(", ");
  const failed = arms.map((arm) => cell.failed[arm] ?? 0).reduce((sum, n) => sum + n, 0);
  const last = Math.max(...lines.flatMap((line) => line.x));
  const rises = lines.flatMap((line) => line.y).filter((ns) => ns > 0);
  const log = Math.max(...rises) > 40 * Math.min(...rises);
  return chartFigure({
    id: "distribution",
    title: `Distribution: ${metricName(metric)}`,
    note: `All passes together, to look at and not to judge by; n = ${samples}${failed > 0 ? `; ${count(failed)} failed requests are not in it` : ""}.${log ? " The scale is logarithmic." : ""}`,
    x: { label: "share of samples that took no longer", scale: "linear", ticks: TICKS.map(([share]) => stretched(share)).filter((x) => x <= last), text: shareText },
    y: { label: "time", kind: "time", from: "data", scale: log ? "log" : "linear" },
    lines,
  });
}
