// One arm by itself: what its clients saw, in the words of load generators. Nothing of the difference.

import { chartFigure, type Line } from "../chart";
import { distributionChart } from "../distribution";
import { h, scrolling, section, select, shortened, table } from "../dom";
import { provenance } from "../provenance";
import { count, number, time } from "../units";
import { loadAxis } from "./load";
import { lineNames, loadOf, type Cell, type Run } from "./data";
import { facts } from "./facts";
import { armName, cellTitle, metricName } from "./words";

const COLUMNS: [string, string][] = [
  ["e2e.p50", "request p50"], ["e2e.p95", "request p95"], ["e2e.p99", "request p99"],
  ["ttft.p50", "TTFT p50"], ["ttft.p95", "TTFT p95"], ["chunk_gap.p50", "gap p50"], ["chunk_gap.p99", "gap p99"],
];

function title(run: Run, arm: string): string {
  if (arm === "baseline") return "What clients saw of the backend alone";
  if (arm === "stack") {
    const stacks = [...new Set(run.cells.map((cell) => cell.stack))];
    return `What clients saw through ${stacks.length === 1 ? shortened(stacks[0], 60) : `${stacks.length} stacks`}`;
  }
  return `What clients saw of ${shortened(arm, 40)}`;
}

function levels(cells: Cell[], arm: string): HTMLElement {
  const level = (cell: Cell, quantity: string) => cell.levels[arm]?.[quantity];
  const columns = COLUMNS.filter(([quantity]) => cells.some((cell) => level(cell, quantity) !== undefined));
  const rows = cells.map((cell) => {
    const rate = level(cell, "requests_per_s");
    const figures = columns.map(([quantity]) => {
      const ns = level(cell, quantity);
      return ns === undefined ? "n/a" : time(ns);
    });
    return [cellTitle(cell), count(cell.sent[arm] ?? 0), count(cell.failed[arm] ?? 0), rate === undefined ? "n/a" : `${number(rate)} /s`, ...figures];
  });
  const heading = ["cell", "requests", "failed", "answered", ...columns.map(([, text]) => text)];
  return scrolling("Levels", table(heading, rows, "Medians of the restarts' medians; n/a where a pass has too few samples beyond"));
}

function againstLoad(cells: Cell[], arm: string): HTMLElement[] {
  const name = lineNames(cells);
  const pictures: [string, string, Cell["mode"] | null, "time" | "rate"][] = [
    ["e2e.p50", "Request latency, median", "unary", "time"],
    ["ttft.p50", "Time to first token, median", "stream", "time"],
    ["requests_per_s", "Throughput", null, "rate"],
  ];
  return pictures.flatMap(([quantity, heading, mode, kind]) => {
    const told = cells.filter((cell) => (mode === null || cell.mode === mode) && cell.levels[arm]?.[quantity] !== undefined);
    const groups = new Map<string, Cell[]>();
    for (const cell of told) {
      const key = mode === null ? `${name(cell)}, ${cell.mode === "stream" ? "streamed" : "plain"}` : name(cell);
      groups.set(key, [...(groups.get(key) ?? []), cell]);
    }
    const lines = [...groups].slice(0, 10).map(([label, group], look): Line => {
      const sorted = [...group].sort((a, b) => loadOf(a) - loadOf(b));
      return { name: label, look, x: sorted.map(loadOf), y: sorted.map((cell) => cell.levels[arm][quantity]), note: sorted.map((cell) => `n = ${count(cell.sent[arm] ?? 0)} requests`) };
    });
    if (lines.length === 0) return [];
    const left = groups.size - lines.length;
    const note = `Medians over restarts; n = ${count(told.reduce((sum, cell) => sum + (cell.sent[arm] ?? 0), 0))} requests.${left > 0 ? ` ${lines.length} of ${groups.size} lines.` : ""}`;
    return [chartFigure({ id: `arm-${quantity}`, title: heading, note, x: loadAxis(told), y: { label: kind === "time" ? "time" : "requests", kind }, lines })];
  });
}

/// Pass after pass of one cell: what a load generator calls history.
function history(cell: Cell, arm: string): HTMLElement | null {
  const { arm: arms, restart, round, values } = cell.passes;
  const column = values[cell.headline];
  const at = arms.flatMap((one, i) => (one === arm && column && column[i] !== null ? [i] : []));
  if (at.length === 0) return null;
  const y = at.map((i) => column[i] as number);
  return chartFigure({
    id: "arm-history",
    title: `Pass after pass: ${metricName(cell.headline.split(".")[0])}, median`,
    note: `Each point is one pass of this arm; n = ${y.length} passes.`,
    x: { label: "pass", scale: "linear", text: (value) => String(Math.round(value)) },
    y: { label: "time", kind: cell.headline.includes(".") ? "time" : "rate" },
    lines: [{ name: "pass", look: 0, line: false, x: y.map((_, i) => i + 1), y, note: at.map((i) => `restart ${restart[i] + 1}, round ${round[i] + 1}`) }],
  });
}

function near(run: Run, arm: string): HTMLElement {
  const body = h("div", { class: "charts" });
  const draw = (cell: Cell | undefined) => {
    const distributions = Object.entries(cell?.distributions[arm] ?? {});
    body.replaceChildren(
      ...distributions.map(([metric, of]) => distributionChart(`arm-distribution-${metric}`, `${metricName(metric)[0].toUpperCase()}${metricName(metric).slice(1)}`, "All passes together;", [{ name: cell ? armName(cell, arm) : arm, look: 0, dash: [], of }])),
      ...(cell ? [history(cell, arm)].filter((one) => one !== null) : []),
    );
  };
  draw(run.cells[0]);
  const options = run.cells.map((cell): [string, string] => [cell.id, cellTitle(cell)]);
  return section("near", "One cell from near", options.length > 1 ? select("Cell", options, options[0][0], (id) => draw(run.cells.find((cell) => cell.id === id))) : null, body);
}

function failures(run: Run, arm: string): HTMLElement {
  const failed = run.cells.filter((cell) => (cell.failed[arm] ?? 0) > 0);
  const sent = run.cells.reduce((sum, cell) => sum + (cell.sent[arm] ?? 0), 0);
  if (failed.length === 0) return section("errors", "Errors", h("p", { class: "empty" }, `None of ${count(sent)} requests failed.`));
  const rows = failed.map((cell) => [cellTitle(cell), count(cell.failed[arm]), `${number((100 * cell.failed[arm]) / Math.max(1, cell.sent[arm]))} %`]);
  return section("errors", "Errors", scrolling("Errors", table(["cell", "failed", "share"], rows)));
}

/// The page of one arm of a run.
export function armPage(run: Run, arm: string): (Node | null)[] {
  document.title = `${shortened(run.name, 60)}: ${shortened(arm, 20)} · hopcost`;
  const latencies = run.cells.filter((cell) => cell.load === "latency");
  return [
    h(
      "section",
      { id: "answer", "aria-labelledby": "answer-title" },
      h("p", { class: "kicker" }, `${shortened(run.name, 80)} · ${run.started_at}`),
      h("h1", { id: "answer-title" }, title(run, arm)),
      h("p", { class: "aside" }, "One arm by itself. What the stack adds is a difference within rounds, with its interval: report.html has it; two such pages beside each other do not."),
    ),
    run.cells.length > 0 ? section("levels", "Levels", levels(run.cells, arm), h("div", { class: "charts" }, ...againstLoad(latencies, arm))) : h("p", { class: "empty" }, "Nothing was measured."),
    run.cells.length > 0 ? near(run, arm) : null,
    run.cells.length > 0 ? failures(run, arm) : null,
    provenance(run.command, facts(run), run.config, "Configuration, resolved (config.yaml)"),
  ];
}
