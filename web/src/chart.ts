// One chart: lines and points with intervals, drawn by uPlot when it comes into view; a legend that says how each
// line looks, what the pointer is at, and all figures as a table for whoever cannot see it.

import uPlot from "uplot";
import { h, scrolling, shortened, svg, table } from "./dom";
import { drawPoints, nearest } from "./chart_points";
import { ink, lookOf, onTheme, type Look } from "./theme";
import { figure, scaleFor, type Kind } from "./units";

export interface Line {
  name: string;
  x: number[];
  y: (number | null)[];
  low?: (number | null)[];
  high?: (number | null)[];
  /// what stands beside a figure: its n, or why it is what it is
  note?: string[];
  /// index of its look; the same index is the same colour in every chart
  look: number;
  faint?: boolean;
  points?: boolean;
  line?: boolean;
  /// from zero to each point
  stems?: boolean;
  dash?: number[];
}

export interface Axis {
  label: string;
  scale: "linear" | "log";
  /// where labels stand; else uPlot chooses
  ticks?: number[];
  text?: (value: number) => string;
}

export interface Chart {
  id: string;
  title: string;
  note: string;
  x: Axis;
  y: { label: string; kind: Kind; from?: "zero" | "data"; scale?: "linear" | "log" };
  lines: Line[];
  /// shaded between two heights over the whole width
  band?: { low: number; high: number; text: string };
  /// a thin line over the whole width
  level?: { at: number; text: string };
}

export interface Drawn {
  chart: Chart;
  plot: uPlot | null;
  divide: number;
  unit: string;
}

/// Every chart of the page by id: what a test reads back.
export const drawn: Record<string, Drawn> = {};

const HEIGHT = 260;

function most(chart: Chart): number {
  let top = 0;
  for (const line of chart.lines) {
    for (const list of [line.y, line.high ?? [], line.low ?? []]) {
      for (const value of list) if (value !== null) top = Math.max(top, Math.abs(value));
    }
  }
  return top;
}

export function lookOfLine(line: Line): Look {
  const look = lookOf(line.look);
  return { color: line.faint ? ink("muted") : look.color, dash: line.dash ?? look.dash };
}

function swatch(line: Line): SVGElement {
  const look = lookOfLine(line);
  return svg(
    "svg",
    { width: 26, height: 10, "aria-hidden": "true" },
    line.line === false
      ? null
      : svg("line", { x1: 0, x2: 26, y1: 5, y2: 5, stroke: look.color, "stroke-width": 2, "stroke-dasharray": look.dash.join(" ") }),
    line.points === false ? null : svg("circle", { cx: 13, cy: 5, r: 3.2, fill: look.color }),
  );
}

function legend(chart: Chart): HTMLElement {
  const items = chart.lines.map((line) => h("li", {}, swatch(line), h("span", {}, shortened(line.name, 48))));
  if (chart.band) items.push(h("li", {}, h("span", { class: "band-swatch" }), chart.band.text));
  return h("ul", { class: "legend" }, ...items);
}

/// Points of several lines at one place on the x axis would hide each other: each line stands a little aside.
function dodged(chart: Chart, line: Line, index: number): number[] {
  const aside = chart.lines.flatMap((one, i) => (one.points !== false && one.low ? [i] : []));
  const side = aside.includes(index) ? aside.indexOf(index) - (aside.length - 1) / 2 : 0;
  const all = chart.lines.flatMap((one) => one.x);
  const [first, last] = [Math.min(...all), Math.max(...all)];
  if (chart.x.scale === "log") {
    const step = Math.min(0.05, Math.log2(last / first || 1) * 0.007 + 0.006);
    return line.x.map((x) => x * 2 ** (side * step));
  }
  const step = (last - first || 1) * 0.006;
  return line.x.map((x) => x + side * step);
}

function joined(chart: Chart, divide: number): uPlot.AlignedData {
  const tables = chart.lines.map((line, i) => {
    const x = dodged(chart, line, i);
    const order = x.map((_, at) => at).sort((a, b) => x[a] - x[b]);
    const values = order.map((at) => (line.y[at] === null ? null : (line.y[at] as number) / divide));
    return [order.map((at) => x[at]), values] as uPlot.AlignedData;
  });
  return uPlot.join(tables);
}

function xRange(chart: Chart): [number, number] {
  const all = chart.lines.flatMap((line) => line.x);
  const [first, last] = [Math.min(...all), Math.max(...all)];
  if (chart.x.scale === "log") {
    const room = first === last ? 2 : (last / first) ** 0.05;
    return [first / room, last * room];
  }
  const room = chart.lines.every((line) => line.points === false) ? 0 : (last - first || 1) * 0.05;
  return [first - room, last + room];
}

function yRange(chart: Chart, divide: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const line of chart.lines) {
    for (const list of [line.y, line.low ?? [], line.high ?? []]) {
      for (const value of list) {
        if (value === null) continue;
        low = Math.min(low, value / divide);
        high = Math.max(high, value / divide);
      }
    }
  }
  if (chart.band) {
    low = Math.min(low, chart.band.low / divide);
    high = Math.max(high, chart.band.high / divide);
  }
  if (!Number.isFinite(low)) return [0, 1];
  if (chart.y.scale === "log") return [low / 1.4, high * 1.4];
  if (chart.y.from !== "data") [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low === 0 ? 0 : low - room, high + room];
}

/// Of the ticks those whose labels have room beside each other.
function spaced(chart: Chart, ticks: number[], width: number): number[] {
  const at = (value: number) => (chart.x.scale === "log" ? Math.log2(value) : value);
  const [from, to] = xRange(chart).map(at);
  let last = -Infinity;
  return ticks.filter((tick) => {
    const place = ((at(tick) - from) / (to - from)) * (width - 80);
    const room = 8 + 7.5 * (chart.x.text ? chart.x.text(tick) : String(tick)).length;
    if (place - last < room) return false;
    last = place;
    return true;
  });
}

function options(chart: Chart, at: Drawn, width: number, host: HTMLElement): uPlot.Options {
  const font = '12px system-ui, "Segoe UI", Roboto, sans-serif';
  const grid = { stroke: ink("rule"), width: 1 };
  const { x } = chart;
  const [xFrom, xTo] = xRange(chart);
  const [yFrom, yTo] = yRange(chart, at.divide);
  const axis = { stroke: ink("muted"), font, labelFont: font, ticks: { ...grid, size: 4 } };
  const unit = at.unit ? `${chart.y.label}, ${at.unit}` : chart.y.label;
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: false, distr: x.scale === "log" ? 3 : 1, log: 2, range: [xFrom, xTo] },
      y: { distr: chart.y.scale === "log" ? 3 : 1, range: [yFrom, yTo] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        label: x.label,
        labelSize: 20,
        size: 34,
        splits: x.ticks ? () => spaced(chart, x.ticks as number[], width) : undefined,
        filter: x.ticks ? (_, splits) => splits : undefined,
        values: (_, splits) => splits.map((value) => (x.text ? x.text(value) : String(value))),
      },
      { ...axis, grid, label: unit, labelSize: 20, size: 52, values: (_, splits) => splits.map((v) => (v === null ? "" : Number(v.toPrecision(6)).toLocaleString("en", { useGrouping: false }).replace("-", "\u2212"))) },
    ],
    series: [
      {},
      ...chart.lines.map((line) => {
        const look = lookOfLine(line);
        return {
          stroke: look.color,
          dash: look.dash,
          width: line.line === false ? 0 : 1.75,
          spanGaps: true,
          pxAlign: 0,
          points: { show: false },
        };
      }),
    ],
    hooks: {
      drawClear: [(plot) => drawPoints(plot, chart, at.divide, "under")],
      draw: [(plot) => drawPoints(plot, chart, at.divide, "over", (i) => dodged(chart, chart.lines[i], i))],
      setCursor: [(plot) => point(plot, chart, at, host)],
    },
  };
}

function point(plot: uPlot, chart: Chart, at: Drawn, host: HTMLElement): void {
  const tip = host.querySelector(".tip") as HTMLElement;
  const hit = nearest(plot, chart, at.divide, (i) => dodged(chart, chart.lines[i], i));
  tip.hidden = hit === null;
  if (!hit) return;
  const line = chart.lines[hit.line];
  const where = chart.x.text ? chart.x.text(line.x[hit.index]) : String(line.x[hit.index]);
  tip.replaceChildren(
    h("b", {}, shortened(line.name, 48)),
    h("span", {}, `${chart.x.label}: ${where}`),
    h("span", {}, told(chart, line, hit.index)),
  );
  const left = hit.left + plot.over.offsetLeft;
  tip.style.left = `${Math.min(left + 12, host.clientWidth - tip.offsetWidth)}px`;
  tip.style.top = `${Math.max(0, hit.top - tip.offsetHeight / 2)}px`;
}

function told(chart: Chart, line: Line, i: number): string {
  const value = line.y[i];
  if (value === null) return "no figure";
  let text = figure(chart.y.kind, value);
  const [low, high] = [line.low?.[i], line.high?.[i]];
  if (low != null && high != null) text += ` [${figure(chart.y.kind, low)}, ${figure(chart.y.kind, high)}]`;
  return line.note?.[i] ? `${text} · ${line.note[i]}` : text;
}

function figures(chart: Chart): HTMLElement {
  const rows = chart.lines.flatMap((line) =>
    line.x.map((x, i) => [shortened(line.name, 80), chart.x.text ? chart.x.text(x) : String(x), told(chart, line, i)]),
  );
  return table(["line", chart.x.label, chart.y.label], rows, chart.title);
}

/// The chart with its words; it is drawn when it is about to be seen, and again when theme or width change.
export function chartFigure(chart: Chart): HTMLElement {
  const { divide, unit } = scaleFor(chart.y.kind, most(chart));
  const at: Drawn = { chart, plot: null, divide, unit };
  drawn[chart.id] = at;
  const canvas = h("div", { class: "plot", role: "img", "aria-label": `${chart.title}. ${chart.note}` });
  const host = h("div", { class: "plot-host" }, canvas, h("div", { class: "tip", hidden: true }));
  const details = h("details", { class: "figures" }, h("summary", {}, "Figures"));
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("table")) details.append(scrolling(`Figures of ${chart.title}`, figures(chart)));
  });
  const keys = h("div", {}, legend(chart));
  const draw = () => {
    if (!host.isConnected || drawn[chart.id] !== at || host.clientWidth === 0) return;
    at.plot?.destroy();
    at.plot = new uPlot(options(chart, at, host.clientWidth, host), joined(chart, divide), canvas);
    keys.replaceChildren(legend(chart));
  };
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      draw();
    },
    { rootMargin: "300px" },
  );
  watcher.observe(host);
  new ResizeObserver(() => {
    if (at.plot && Math.abs(at.plot.width - host.clientWidth) > 1) {
      at.plot.setSize({ width: host.clientWidth, height: HEIGHT });
    }
  }).observe(host);
  onTheme(() => at.plot && draw());
  addEventListener("beforeprint", draw);
  return h(
    "figure",
    { class: "chart", id: `chart-${chart.id}` },
    h("figcaption", {}, h("h3", {}, chart.title), h("p", {}, chart.note)),
    keys,
    host,
    details,
  );
}
