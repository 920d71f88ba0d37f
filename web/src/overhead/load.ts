// What a hop adds against load: a chart a mode and quantity, a line a stand-up, with intervals.

import { chartFigure, type Chart, type Line } from "../chart";
import { h, section, select } from "../dom";
import { lineNames, loadOf, type Cell } from "./data";
import type { Selection } from "./selection";
import { quantityName, statisticName } from "./words";

const MOST_LINES = 10;
const PICTURES: [string, string, Cell["mode"]][] = [
  ["e2e", "Added to a plain request", "unary"],
  ["ttft", "Added to the first token of a stream", "stream"],
  ["chunk_transit", "Added to a chunk of a stream", "stream"],
];

export function loadAxis(cells: Cell[]): Chart["x"] {
  const open = cells.some((cell) => cell.rate_per_s > 0);
  const ticks = [...new Set(cells.map(loadOf))].sort((a, b) => a - b);
  return {
    label: open ? "requests a second" : "users (requests under way)",
    scale: "log",
    ticks: ticks.length <= 14 ? ticks : ticks.filter((_, i) => i % Math.ceil(ticks.length / 10) === 0),
    text: (value) => String(value),
  };
}

/// The look of each stand-up, the same in every picture.
export function looks(cells: Cell[]): (name: string) => number {
  const name = lineNames(cells);
  const order = [...new Set(cells.map(name))];
  return (one) => Math.max(0, order.indexOf(one));
}

function linesOf(all: Cell[], cells: Cell[], quantity: string): { lines: Line[]; left: number } {
  const name = lineNames(all);
  const look = looks(all);
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    if (cell.state === "no verdict" || !cell.added[quantity]) continue;
    groups.set(name(cell), [...(groups.get(name(cell)) ?? []), cell]);
  }
  const lines = [...groups].map(([label, group]): Line => {
    const sorted = [...group].sort((a, b) => loadOf(a) - loadOf(b));
    return {
      name: label,
      look: look(label),
      x: sorted.map(loadOf),
      y: sorted.map((cell) => cell.added[quantity].value),
      low: sorted.map((cell) => cell.added[quantity].low),
      high: sorted.map((cell) => cell.added[quantity].high),
      note: sorted.map((cell) => `n = ${cell.restarts} restarts, noise floor ${((cell.added[quantity].noise ?? 0) / 1e3).toFixed(1)} µs`),
    };
  });
  return { lines: lines.slice(0, MOST_LINES), left: Math.max(0, lines.length - MOST_LINES) };
}

function restartsOf(cells: Cell[]): string {
  const all = cells.map((cell) => cell.restarts);
  const [few, many] = [Math.min(...all), Math.max(...all)];
  return few === many ? `n = ${few} restarts a point` : `n = ${few} to ${many} restarts a point`;
}

function picture(selection: Selection, metric: string, title: string, mode: Cell["mode"], statistic: string): HTMLElement | null {
  const cells = selection.latencies().filter((cell) => cell.mode === mode);
  const quantity = `${metric}.${statistic}`;
  const all = selection.run.cells.filter((cell) => cell.load === "latency");
  const { lines, left } = linesOf(all, cells, quantity);
  if (lines.length === 0) return null;
  const used = cells.filter((cell) => cell.state !== "no verdict" && cell.added[quantity]);
  const lows = lines.flatMap((line) => line.low as number[]);
  const highs = lines.flatMap((line) => line.high as number[]);
  const log = Math.min(...lows) > 0 && Math.max(...highs) > 60 * Math.min(...lows);
  const floor = Math.max(...used.map((cell) => cell.added[quantity].noise ?? 0));
  const silent = cells.filter((cell) => cell.state === "no verdict").length;
  const notes = [`${statisticName(statistic)[0].toUpperCase()}${statisticName(statistic).slice(1)}, with ${Number((100 * (used[0].level ?? 0.95)).toPrecision(3))} % intervals; ${restartsOf(used)}.`];
  if (log) notes.push("The scale is logarithmic.");
  if (silent > 0) notes.push(`${silent} cells without a verdict are not drawn.`);
  if (left > 0) notes.push(`${lines.length} of ${lines.length + left} lines; filter to see others.`);
  return chartFigure({
    id: `added-${metric}`,
    title,
    note: notes.join(" "),
    x: loadAxis(used),
    y: { label: "added", kind: "time", scale: log ? "log" : "linear" },
    lines,
    band: floor > 0 && !log ? { low: -floor, high: floor, text: "noise floor, the widest" } : undefined,
  });
}

export function againstLoad(selection: Selection): HTMLElement {
  let statistic = "p50";
  const body = h("div", { class: "charts" });
  const options = ["p50", "p95", "p99", "mean"]
    .filter((one) => selection.run.cells.some((cell) => PICTURES.some(([metric]) => cell.added[`${metric}.${one}`])))
    .map((one): [string, string] => [one, statisticName(one)]);
  const draw = () => {
    const pictures = PICTURES.map(([metric, title, mode]) => picture(selection, metric, title, mode, statistic));
    body.replaceChildren(...pictures.filter((one) => one !== null));
    if (body.childElementCount === 0) {
      body.append(h("p", { class: "empty" }, `No ${quantityName(`e2e.${statistic}`)} with a verdict among the cells that are shown.`));
    }
  };
  selection.onChange(draw);
  draw();
  const choice = options.length > 1 ? select("Statistic", options, statistic, (value) => ((statistic = value), draw())) : null;
  return section("added", "What it adds, against load", choice, body);
}
