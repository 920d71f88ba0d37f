// The first screen: what one hop costs, in a sentence; beside it each stack's figures with their intervals, the noise
// floor, and what kind of answer it is.

import { h, shortened, svg } from "../dom";
import { micros, number } from "../units";
import { loadText, resolution, resolved, stateOf, type Cell, type Run } from "./data";
import { addedText, addedTo, setting, subject, whyNot } from "./words";

const PANELS: [string, string, Cell["mode"]][] = [
  ["e2e.p50", "Added to the median request", "unary"],
  ["ttft.p50", "Added to the first token", "stream"],
  ["chunk_transit.p50", "Added to each chunk", "stream"],
];

export function statePill(state: string): HTMLElement {
  const kind = state.replaceAll(" ", "-");
  const sign = { measured: "●", "below resolution": "◌", "no verdict": "▲" }[state] ?? "▲";
  return h("span", { class: `pill ${kind}` }, h("span", { "aria-hidden": "true" }, `${sign} `), state);
}

/// Of each stack the first cell of that mode at the load of the run's first cell; else its first of that mode.
function leading(run: Run, mode: Cell["mode"]): Cell[] {
  const cells = run.cells.filter((cell) => cell.load === "latency");
  const first = cells[0];
  const found = new Map<string, Cell>();
  for (const cell of cells) {
    if (cell.mode !== mode) continue;
    const known = found.get(cell.stack);
    if (!known || (loadText(known) !== loadText(first) && loadText(cell) === loadText(first))) found.set(cell.stack, cell);
  }
  return [...found.values()];
}

function floorText(cells: Cell[], quantity: string): string {
  const floors = cells.map((cell) => cell.added[quantity]?.noise).filter((one): one is number => one != null);
  return floors.length > 0 ? `; noise floor ${micros(Math.max(...floors))} µs` : "";
}

function said(cell: Cell, quantity: string): string {
  const text = addedText(cell, quantity);
  return text ? `${subject(cell)} adds ${text}` : `${subject(cell)}: no verdict (${whyNot(cell)})`;
}

/// The one sentence of the page.
export function sentence(run: Run): { text: string; state: string } {
  for (const [quantity, , mode] of PANELS) {
    const cells = leading(run, mode);
    if (cells.length === 0) continue;
    const told = cells.filter((cell) => addedText(cell, quantity) !== null);
    if (told.length === 0) {
      return { text: `No verdict: ${cells.length === 1 ? said(cells[0], quantity) : `of ${cells.length} stacks none has a figure that can be defended`}.`, state: "no verdict" };
    }
    const to = addedTo(quantity);
    const where = setting(told[0]);
    if (cells.length === 1) return { text: `${said(told[0], quantity)} ${to} ${where}${floorText(told, quantity)}.`, state: stateOf(told[0], quantity) };
    const seen = told.filter((cell) => resolved(cell.added[quantity])).sort((a, b) => a.added[quantity].value - b.added[quantity].value);
    if (seen.length === 0) return { text: `One hop adds less than can be seen here (< ${micros(Math.max(...told.map((cell) => resolution(cell.added[quantity]))))} µs) ${to} ${where}${floorText(told, quantity)}.`, state: "below resolution" };
    const [least, most] = [seen[0], seen[seen.length - 1]];
    const amount = (cell: Cell) => `${micros(cell.added[quantity].value)} µs (${subject(cell)})`;
    const range = least === most ? amount(least) : `${amount(least)} to ${amount(most)}`;
    return { text: `One hop adds ${range} ${to} ${where}${floorText(told, quantity)}.`, state: "measured" };
  }
  const ceilings = run.cells.filter((cell) => cell.load === "ceiling");
  const first = ceilings.find((cell) => cell.state !== "no verdict");
  if (!first) return { text: run.cells.length === 0 ? "Nothing was measured." : "No verdict: no cell has a figure that can be defended.", state: "no verdict" };
  const through = first.levels[first.ours]?.[first.headline];
  const alone = first.levels[first.theirs]?.[first.headline];
  const share = through && alone ? `, ${number((100 * through) / alone)} % of what the backend does alone` : "";
  const what = first.mode === "stream" ? "chunks" : "requests";
  return { text: `${subject(first)} lets ${number(through ?? 0)} ${what} a second through${share}.`, state: first.state };
}

interface Extent {
  from: number;
  to: number;
  log: boolean;
}

function extent(cells: Cell[], quantity: string): Extent {
  const all = cells.filter((cell) => cell.state !== "no verdict" && cell.added[quantity]).map((cell) => cell.added[quantity]);
  if (all.length === 0) return { from: 0, to: 1, log: false };
  const highs = all.map((added) => added.high);
  const lows = all.map((added) => added.low);
  const log = Math.min(...lows) > 0 && Math.max(...highs) / Math.min(...lows) > 60;
  if (log) return { from: Math.min(...lows) / 1.5, to: Math.max(...highs) * 1.5, log };
  return { from: Math.min(0, ...lows), to: Math.max(...highs, ...all.map((added) => added.noise ?? 0)) * 1.08 || 1, log };
}

function bar(cell: Cell, quantity: string, { from, to, log }: Extent): SVGElement {
  const added = cell.added[quantity];
  const at = (value: number) => {
    const held = Math.min(to, Math.max(from, value));
    return 100 * (log ? Math.log(held / from) / Math.log(to / from) : (held - from) / (to - from));
  };
  const parts: SVGElement[] = [svg("line", { class: "axis", x1: "0%", x2: "100%", y1: 9, y2: 9 })];
  if (added.noise !== null && !log) {
    const start = at(Math.max(from, -added.noise));
    parts.push(svg("rect", { class: "noise", x: `${start}%`, width: `${at(added.noise) - start}%`, y: 2, height: 14, rx: 2 }));
  }
  parts.push(svg("line", { class: "interval", x1: `${at(added.low)}%`, x2: `${at(added.high)}%`, y1: 9, y2: 9 }));
  parts.push(svg("circle", { class: resolved(added) ? "dot" : "dot hollow", cx: `${at(added.value)}%`, cy: 9, r: 4.5 }));
  return svg("svg", { class: "bar", height: 18, width: "100%", "aria-hidden": "true" }, ...parts);
}

function row(cell: Cell, quantity: string, within: Extent): HTMLElement {
  const told = addedText(cell, quantity);
  const added = cell.added[quantity];
  const noise = added?.noise != null ? `noise floor ${micros(added.noise)} µs` : "noise floor not known";
  return h(
    "li",
    { class: told ? "" : "undecided" },
    h("div", { class: "who" }, h("b", {}, subject(cell)), statePill(stateOf(cell, quantity))),
    told ? bar(cell, quantity, within) : h("div", { class: "hatched" }),
    h("div", { class: "what" }, h("span", {}, told ?? `no figure: ${whyNot(cell)}`), told ? h("span", { class: "aside" }, noise) : null),
  );
}

const SHOWN = 8;

function panel(run: Run, quantity: string, title: string, mode: Cell["mode"]): HTMLElement | null {
  const cells = leading(run, mode).filter((cell) => cell.state === "no verdict" || cell.added[quantity]);
  if (cells.length === 0) return null;
  const within = extent(cells, quantity);
  return h(
    "div",
    { class: "panel" },
    h("h3", {}, title),
    h("p", { class: "aside" }, `${setting(cells[0])}${within.log ? "; the bars are logarithmic" : ""}`),
    h("ul", { class: "forest" }, ...cells.slice(0, SHOWN).map((cell) => row(cell, quantity, within))),
    cells.length > SHOWN ? h("p", { class: "aside" }, `and ${cells.length - SHOWN} more, below`) : null,
  );
}

function basis(run: Run): string {
  const restarts = run.cells.map((cell) => cell.restarts).filter((n) => n > 0);
  const level = run.cells.find((cell) => cell.level !== null)?.level ?? null;
  const [few, many] = [Math.min(...restarts), Math.max(...restarts)];
  const parts: string[] = [];
  if (restarts.length > 0) parts.push(`${few === many ? few : `${few} to ${many}`} restarts`);
  if (level !== null) parts.push(`${Number((100 * level).toPrecision(3))} % intervals`);
  parts.push(`${run.cells.length} cells`);
  return parts.join(" · ");
}

export function answer(run: Run): HTMLElement {
  const { text, state } = sentence(run);
  const counts = ["measured", "below resolution", "no verdict"].map((one) => [one, run.cells.filter((cell) => cell.state === one).length] as const);
  return h(
    "section",
    { id: "answer", class: state.replaceAll(" ", "-"), "aria-labelledby": "answer-title" },
    h("p", { class: "kicker" }, `${shortened(run.name, 80)} · ${run.started_at}`),
    h("h1", { id: "answer-title" }, text.replace(/(\d) (µs|ms|s)\b/g, "$1\u00a0$2")), // a figure keeps its unit
    h(
      "p",
      { class: "verdicts" },
      ...counts.filter(([, n]) => n > 0).map(([one, n]) => h("span", {}, statePill(one), ` ${n} of ${run.cells.length} cells`)),
      run.trial ? h("span", {}, h("span", { class: "pill trial" }, "◇ trial"), " few restarts, wide intervals") : null,
      run.cut_short ? h("span", {}, run.live === undefined ? h("span", { class: "pill no-verdict" }, "▲ cut short") : h("span", { class: "pill trial" }, "◔ going on"), " what is shown rests on what was complete") : null,
    ),
    h("p", { class: "aside" }, basis(run)),
    h("div", { class: "panels" }, ...PANELS.map(([quantity, title, mode]) => panel(run, quantity, title, mode))),
    h("p", { class: "aside key" }, "Dot: the estimate. Line: its interval. Shaded: the noise floor, what the same measurement sees between the backend and itself."),
  );
}
