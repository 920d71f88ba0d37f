// One cell from near: the levels of both arms, where the time goes in the distribution, the raw paired differences
// that its interval was made of, the stack's CPU, and every check.

import { chartFigure, type Line } from "../chart";
import { h, scrolling, section, select, shortened, table } from "../dom";
import { bytes, count, micros, number, time } from "../units";
import { statePill } from "./answer";
import { distribution } from "./distribution";
import { loadAxis } from "./load";
import { loadOf, type Cell, type Interval } from "./data";
import { pairs } from "./pairs";
import type { Selection } from "./selection";
import { addedShort, addedText, armName, cellTitle, metricName, quantityName, statisticName, whyNot } from "./words";

/// Cells that differ from this one only in load.
function family(all: Cell[], cell: Cell): Cell[] {
  const fields: (keyof Cell)[] = ["stack", "workers", "replicas", "backend_replicas", "mode", "load", "prompt_tokens", "output_tokens"];
  return all
    .filter((one) => fields.every((field) => one[field] === cell[field]) && one.rate_per_s > 0 === cell.rate_per_s > 0)
    .sort((a, b) => loadOf(a) - loadOf(b));
}

function arms(selection: Selection, cell: Cell, metric: string): HTMLElement | null {
  const cells = family(selection.run.cells, cell).filter((one) => one.state !== "no verdict");
  const lines: Line[] = [];
  for (const [statistic, dash] of [["p50", []], ["p99", [2, 3]]] as const) {
    [cell.theirs, cell.ours].forEach((arm, i) => {
      const told = cells.filter((one) => one.levels[arm]?.[`${metric}.${statistic}`] !== undefined);
      if (told.length === 0) return;
      lines.push({
        name: `${armName(cell, arm)}, ${statisticName(statistic)}`,
        look: i === 0 ? 6 : 0,
        dash: [...dash],
        x: told.map(loadOf),
        y: told.map((one) => one.levels[arm][`${metric}.${statistic}`]),
        note: told.map((one) => `n = ${count(one.sent[arm] ?? 0)} requests`),
      });
    });
  }
  if (lines.length === 0) return null;
  const requests = cells.reduce((sum, one) => sum + (one.sent[cell.ours] ?? 0) + (one.sent[cell.theirs] ?? 0), 0);
  return chartFigure({
    id: `arms-${metric}`,
    title: `${metricName(metric)[0].toUpperCase()}${metricName(metric).slice(1)}`,
    note: `Levels of both arms, median over restarts; n = ${count(requests)} requests. Dotted: p99, where a pass has enough samples.`,
    x: loadAxis(cells),
    y: { label: "time", kind: "time", from: "data" },
    lines,
  });
}

function threads(cell: Cell): HTMLElement | null {
  const some = cell.threads.slice(0, 32);
  if (some.length === 0) return null;
  const passes = cell.passes.arm.filter((arm) => arm === cell.ours).length;
  return chartFigure({
    id: "threads",
    title: "CPU of the stack, thread by thread",
    note: `The busiest first, mean over n = ${passes} passes. One at 1 with the others idle: more workers would not help.`,
    x: { label: "thread", scale: "linear", ticks: some.map((_, i) => i + 1), text: String },
    y: { label: "CPU used", kind: "cores" },
    lines: [{ name: "thread", look: 0, x: some.map((_, i) => i + 1), y: some, line: false, stems: true }],
  });
}

function positions(cell: Cell): HTMLElement | null {
  const lines = [cell.theirs, cell.ours].flatMap((arm, i): Line[] => {
    const at = cell.positions[arm];
    if (!at || at.from.length === 0) return [];
    return [{ name: armName(cell, arm), look: i === 0 ? 6 : 0, dash: [], x: at.from, y: at.mean_ns, note: at.n.map((n) => `mean of n = ${count(n)} chunks`) }];
  });
  if (lines.length === 0) return null;
  return chartFigure({
    id: "positions",
    title: "Transit of a chunk, by its place in the stream",
    note: "Mean from the backend's write to the client's read, by stamps in the text. Rising: chunks queue up behind each other.",
    x: { label: "chunk of the stream, from", scale: "log", ticks: lines[0].x, text: String },
    y: { label: "transit", kind: "time" },
    lines,
  });
}

function us(interval: Interval): string | null {
  return interval && `${micros(interval[0])} µs [${micros(interval[1])}, ${micros(interval[2])}]`;
}

function facts(cell: Cell): HTMLElement {
  const added = cell.added[cell.headline];
  const rows: [string, string | null | undefined | false][] = [
    ["added", addedText(cell, cell.headline) ?? `no figure: ${whyNot(cell)}`],
    ["of the", quantityName(cell.headline)],
    ["noise floor", cell.load === "latency" && added?.noise != null && `${micros(added.noise)} µs`],
    ["smallest change to be seen", cell.load === "latency" && added && cell.state !== "no verdict" && `${micros(added.detectable)} µs`],
    ["CPU a request", us(cell.cpu_per_request_ns)],
    ["CPU a chunk", us(cell.cpu_per_chunk_ns)],
    ["memory", cell.memory_bytes && bytes(cell.memory_bytes[0])],
    ["backend connections a request", cell.connections_per_request !== null && number(cell.connections_per_request)],
    ["events in a read", cell.mode === "stream" && cell.events_per_read[cell.ours] !== undefined && number(cell.events_per_read[cell.ours])],
    ["workers seen", cell.workers_seen],
    ["backend answers after", backendText(cell)],
    ["requests", [cell.theirs, cell.control, cell.ours].filter((arm) => arm in cell.sent).map((arm) => `${armName(cell, arm)} ${count(cell.sent[arm])}${cell.failed[arm] ? ` (${count(cell.failed[arm])} failed)` : ""}`).join(", ")],
    ["rounds thrown away as disturbed", cell.repeated_pairs > 0 && `${cell.repeated_pairs} pairs`],
  ];
  return h("dl", { class: "facts" }, ...rows.filter(([, text]) => text).map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text as string))));
}

function backendText(cell: Cell): string | false {
  if (cell.ttft_ns === null || cell.itl_ns === null) return false;
  if (cell.mode === "unary") return `${time(cell.ttft_ns)}, ${cell.output_tokens} tokens`;
  return `${time(cell.ttft_ns)}, ${cell.output_tokens} chunks ${time(cell.itl_ns)} apart`;
}

function quantities(cell: Cell): HTMLElement | null {
  const names = Object.keys(cell.added);
  if (names.length === 0 || cell.state === "no verdict" || cell.load === "ceiling") return null;
  const level = (arm: string, name: string) => (cell.levels[arm]?.[name] === undefined ? "–" : micros(cell.levels[arm][name]));
  const rows = names.filter((name) => name.includes(".")).map((name) => [quantityName(name), level(cell.theirs, name), level(cell.ours, name), addedShort(cell, name), cell.added[name].noise === null ? "–" : micros(cell.added[name].noise as number)]);
  return h("details", {}, h("summary", {}, "Every quantity of this cell"), scrolling("Quantities", table(["quantity", armName(cell, cell.theirs), armName(cell, cell.ours), "added [interval]", "noise floor"], rows, "Times in µs")));
}

function checks(cell: Cell): HTMLElement {
  const order = [...cell.checks].sort((a, b) => Number(b.fired) - Number(a.fired) || Number(b.checked) - Number(a.checked));
  const rows = order.map((check) => [check.code, check.fired ? (check.blocking ? "▲ fired, no verdict" : "◆ fired") : check.checked ? "clear" : "not checked", shortened(check.evidence || "–", 400)]);
  return h("details", { open: order.some((check) => check.fired && check.code !== "shared_cores") }, h("summary", {}, "Checks of this cell"), scrolling("Checks", table(["check", "outcome", "evidence"], rows)));
}

export function detail(selection: Selection): HTMLElement {
  const body = h("div", {});
  let metric = "";
  let quantity = "";
  const draw = () => {
    const { cell } = selection;
    if (!cell) return body.replaceChildren(h("p", { class: "empty" }, "There is no cell."));
    const metrics = Object.keys(cell.distributions[cell.ours] ?? cell.distributions[cell.theirs] ?? {});
    const headline = cell.headline.split(".")[0];
    if (!metrics.includes(metric)) metric = metrics.includes(headline) ? headline : (metrics[0] ?? "");
    const raw = Object.keys(cell.passes.values);
    if (!raw.includes(quantity)) quantity = raw.includes(cell.headline) ? cell.headline : (raw[0] ?? "");
    const charts = [
      ...["ttft", "chunk_gap", "e2e"].map((one) => arms(selection, cell, one)),
      metric ? distribution(cell, metric, armName) : null,
      quantity ? pairs(cell, quantity, armName) : null,
      positions(cell),
      threads(cell),
    ];
    body.replaceChildren(
      h("h3", { class: "cell-title" }, cellTitle(cell), " ", statePill(cell.state)),
      facts(cell),
      h(
        "div",
        { class: "choices" },
        metrics.length > 1 ? select("Distribution of", metrics.map((one) => [one, metricName(one)]), metric, (value) => ((metric = value), draw())) : "",
        raw.length > 1 ? select("Differences of", raw.map((one) => [one, quantityName(one)]), quantity, (value) => ((quantity = value), draw())) : "",
      ),
      h("div", { class: "charts" }, ...charts),
      quantities(cell) ?? "",
      checks(cell),
    );
  };
  selection.onChange(draw);
  draw();
  return section("detail", "One cell from near", body);
}
