// What goes through at most, over workers or replicas: throughput with its fit, efficiency, and what limits it.

import { chartFigure, type Chart, type Line } from "../chart";
import { h, section, shortened, scrolling, table } from "../dom";
import { number } from "../units";
import type { Cell, Curve, Estimate } from "./data";
import type { Selection } from "./selection";
import { cellTitle } from "./words";

function interval(estimate: Estimate): string {
  return `${number(estimate.value)} [${number(estimate.low)}, ${number(estimate.high)}]`;
}

function usl(curve: Curve, n: number): number {
  const { lambda_per_s, alpha, beta } = curve.usl as NonNullable<Curve["usl"]>;
  return (lambda_per_s.value * n) / (1 + alpha.value * (n - 1) + beta.value * n * (n - 1));
}

function axis(curve: Curve): Chart["x"] {
  const ticks = curve.points.map((point) => point.n);
  return { label: curve.over, scale: "linear", ticks, text: String };
}

function throughput(curve: Curve, id: string): HTMLElement {
  const { points } = curve;
  const n = points.map((point) => point.n);
  const first = points[0];
  const lines: Line[] = [
    {
      name: "through the stack",
      look: 0,
      x: n,
      y: points.map((point) => point.throughput_per_s.value),
      low: points.map((point) => point.throughput_per_s.low),
      high: points.map((point) => point.throughput_per_s.high),
      note: points.map((point) => `n = ${point.throughput_per_s.restarts.length} restarts`),
      line: curve.usl === null,
    },
    { name: "the backend alone, same rounds", look: 6, faint: true, dash: [6, 4], x: n, y: points.map((point) => point.backend_throughput_per_s) },
    { name: "in proportion", look: 6, faint: true, dash: [1, 4], points: false, x: n, y: n.map((one) => (first.throughput_per_s.value * one) / first.n) },
  ];
  if (curve.usl) {
    const [from, to] = [n[0], n[n.length - 1]];
    const x = Array.from({ length: 40 }, (_, i) => from * (to / from) ** (i / 39));
    lines.splice(1, 0, { name: "Universal Scalability Law", look: 0, points: false, x, y: x.map((one) => usl(curve, one)) });
  }
  const fit = curve.usl
    ? `Fit: contention ${interval(curve.usl.alpha)}, crosstalk ${interval(curve.usl.beta)}, peak ${curve.usl.peak === null ? "unbounded" : number(curve.usl.peak)}.`
    : `No fit: it takes 5 distinct counts, here are ${points.length}.`;
  return chartFigure({
    id: `throughput-${id}`,
    title: `Throughput over ${curve.over}`,
    note: `Mean over restarts with intervals, n = ${first.throughput_per_s.restarts.length} restarts a point. ${fit}`,
    x: axis(curve),
    y: { label: curve.mode === "stream" ? "chunks" : "requests", kind: "rate" },
    lines,
  });
}

function efficiency(curve: Curve, id: string): HTMLElement {
  const { points } = curve;
  return chartFigure({
    id: `efficiency-${id}`,
    title: "Efficiency",
    note: `Speed-up over the smallest count, divided by how many times as many there are; 100 % is proportional. n = ${points[0].throughput_per_s.restarts.length} restarts a point.`,
    x: axis(curve),
    y: { label: "efficiency", kind: "share" },
    lines: [
      {
        name: "efficiency",
        look: 0,
        x: points.map((point) => point.n),
        y: points.map((point) => point.efficiency),
        low: points.map((point) => (point.speedup ? (point.speedup.low * points[0].n) / point.n : null)),
        high: points.map((point) => (point.speedup ? (point.speedup.high * points[0].n) / point.n : null)),
      },
    ],
    level: { at: 1, text: "proportional" },
  });
}

function curveBlock(curve: Curve, i: number): HTMLElement {
  const other = curve.over === "workers" ? "replica" : "worker";
  const title = `${shortened(curve.stack, 40)}, ${curve.mode === "stream" ? "streamed" : "plain"}, ${curve.fixed} ${other}${curve.fixed === 1 ? "" : "s"}`;
  return h(
    "div",
    { class: "curve" },
    h("h3", {}, title),
    h("p", { class: "diagnosis" }, h("span", { class: "pill" }, curve.diagnosis.code), ` ${shortened(curve.diagnosis.evidence, 500)}`),
    h("div", { class: "charts" }, throughput(curve, String(i)), efficiency(curve, String(i))),
  );
}

function ceilings(cells: Cell[]): HTMLElement {
  const rate = (cell: Cell, arm: string) => cell.levels[arm]?.[cell.headline];
  const rows = cells.map((cell) => {
    if (cell.state === "no verdict") return [cellTitle(cell), "no verdict", "", ""];
    const [ours, theirs] = [rate(cell, cell.ours), rate(cell, cell.theirs)];
    const what = cell.mode === "stream" ? "chunks/s" : "requests/s";
    return [cellTitle(cell), ours ? `${number(ours)} ${what}` : "–", theirs ? `${number(theirs)} ${what}` : "–", ours && theirs ? `${number((100 * ours) / theirs)} %` : "–"];
  });
  return scrolling("Ceilings", table(["cell", "through the stack, median", "the backend alone, median", "share"], rows, "What goes through at most"));
}

export function scaling(selection: Selection): HTMLElement | null {
  const { run } = selection;
  const all = run.cells.filter((cell) => cell.load === "ceiling");
  if (all.length === 0 && run.scaling.length === 0) return null;
  const body = h("div", {});
  const draw = () => {
    const curves = run.scaling
      .map((curve, i) => ({ curve, i }))
      .filter(({ curve }) => selection.stacks.has(curve.stack) && (selection.mode === "all" || curve.mode === selection.mode));
    const cells = selection.shown().filter((cell) => cell.load === "ceiling");
    body.replaceChildren(...curves.map(({ curve, i }) => curveBlock(curve, i)), ...(cells.length > 0 ? [ceilings(cells)] : []));
  };
  selection.onChange(draw);
  draw();
  return section("scaling", "What goes through at most", body);
}
