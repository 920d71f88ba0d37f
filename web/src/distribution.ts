// A latency distribution as HdrHistogram users know it: the x axis stretches towards 100 %.

import { chartFigure, type Line } from "./chart";
import { count } from "./units";

export interface Distribution {
  n: number;
  mean: number;
  max: number;
  /// shares of the samples, and the time that so many do not exceed
  shares: number[];
  ns: number[];
}

export interface Drawn {
  name: string;
  look: number;
  dash: number[];
  of: Distribution;
}

const TICKS: [number, string][] = [[0, "0 %"], [0.5, "50 %"], [0.9, "90 %"], [0.99, "99 %"], [0.999, "99.9 %"], [0.9999, "99.99 %"], [0.99999, "99.999 %"]];

function stretched(share: number): number {
  return -Math.log10(1 - share);
}

function shareText(x: number): string {
  const known = TICKS.find(([share]) => Math.abs(stretched(share) - x) < 1e-9);
  return known ? known[1] : `${Number((100 * (1 - 10 ** -x)).toPrecision(5))} %`;
}

export function distributionChart(id: string, title: string, note: string, drawn: Drawn[]): HTMLElement {
  const lines = drawn.map(({ name, look, dash, of }): Line => ({ name, look, dash, points: false, x: of.shares.map(stretched), y: of.ns }));
  const last = Math.max(...lines.flatMap((line) => line.x));
  const rises = lines.flatMap((line) => line.y as number[]).filter((ns) => ns > 0);
  const log = rises.length > 0 && Math.max(...rises) > 40 * Math.min(...rises);
  const samples = drawn.length === 1 ? count(drawn[0].of.n) : drawn.map(({ name, of }) => `${name.slice(0, 40)} ${count(of.n)}`).join(", ");
  return chartFigure({
    id,
    title,
    note: `${note} n = ${samples}.${log ? " The scale is logarithmic." : ""}`.trim(),
    x: { label: "share of samples that took no longer", scale: "linear", ticks: TICKS.map(([share]) => stretched(share)).filter((x) => x <= last), text: shareText },
    y: { label: "time", kind: "time", from: "data", scale: log ? "log" : "linear" },
    lines,
  });
}
