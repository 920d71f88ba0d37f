// The page of `loadgen compare`: which is better in what, with intervals; then the distributions over each other.

import { chartFigure } from "../chart";
import { distributionChart } from "../distribution";
import { h, scrolling, section, shortened, table } from "../dom";
import { provenance } from "../provenance";
import { count, number, time } from "../units";
import type { Comparison } from "./data";
import { FIRST, capital, nameOf } from "./names";

type Figure = Comparison["figures"][number];

function called(figure: string): string {
  const [metric, statistic] = figure.split(".");
  return statistic ? `${nameOf(metric)}, ${statistic}` : nameOf(metric);
}

function amount(value: number | null, unit: Figure["unit"]): string {
  if (value === null) return "n/a";
  if (unit === "ns") return time(value);
  if (unit === "share") return `${number(100 * value)} %`;
  return unit === "1/s" ? `${number(value)} /s` : number(value);
}

function standing(figure: Figure, i: number): string {
  const { value, low, high } = figure.standings[i];
  const text = amount(value, figure.unit);
  return value === null || (low === null && high === null) ? text : `${text} [${amount(low, figure.unit)}, ${high === null ? "?" : amount(high, figure.unit)}]`;
}

function name(comparison: Comparison, i: number): string {
  return shortened(comparison.contestants[i].name, 40);
}

function answer(comparison: Comparison): HTMLElement {
  const { contestants, figures } = comparison;
  const valid = contestants.every((one) => one.valid);
  const told = figures.filter((one) => one.best !== null);
  const of = (figure: string) => figures.find((one) => one.figure === figure);
  const main = of("ttft.p50") ?? of("ttft.mean") ?? of("e2e.p50") ?? of("e2e.mean");
  const beside = main ? contestants.map((_, i) => `${name(comparison, i)} ${amount(main.standings[i].value, main.unit)}`).join(", ") : "";
  const title = main
    ? `${capital(called(main.figure).replace(", p50", ""))}: ${beside}${main.best === null ? "; which is better cannot be told" : `; ${name(comparison, main.best)} is better`}.`
    : "Nothing was answered.";
  return h(
    "section",
    { id: "answer", class: valid ? "measured" : "no-verdict", "aria-labelledby": "answer-title" },
    h("p", { class: "kicker" }, `${contestants.length} side by side`),
    h("h1", { id: "answer-title" }, title),
    h(
      "p",
      { class: "verdicts" },
      valid ? h("span", { class: "pill measured" }, "● all valid") : h("span", { class: "pill no-verdict" }, `▲ not valid: ${contestants.filter((one) => !one.valid).map((one) => shortened(one.name, 40)).join(", ")}`),
      h("span", {}, `better can be told for ${told.length} of ${figures.length} figures`),
    ),
  );
}

function figures(comparison: Comparison): HTMLElement {
  const rows = comparison.figures.map((one) => [
    called(one.figure),
    ...one.standings.map((_, i) => standing(one, i)),
    one.best === null ? `cannot tell: ${one.why_not}` : `● ${name(comparison, one.best)}`,
  ]);
  const heading = ["figure", ...comparison.contestants.map((_, i) => name(comparison, i)), "better than every other"];
  return section("figures", "Side by side", scrolling("Figures", table(heading, rows, comparison.caveat)));
}

function byRun(comparison: Comparison): HTMLElement | null {
  const charts = comparison.figures.filter((one) => ["ttft.p50", "e2e.p50", "ttft.mean", "e2e.mean", "requests_per_s"].includes(one.figure) && one.standings.some((each) => each.each_run.length > 1));
  if (charts.length === 0) return null;
  return section(
    "runs",
    "Run by run",
    h(
      "div",
      { class: "charts" },
      ...charts.map((one) =>
        chartFigure({
          id: `runs-${one.figure.replaceAll(".", "-")}`,
          title: capital(called(one.figure)),
          note: `Each run by itself: n = ${one.standings.map((each, i) => `${name(comparison, i)} ${each.each_run.length}`).join(", ")} runs.`,
          x: { label: "number of the run", scale: "linear", text: (value: number) => (Number.isInteger(value) ? String(value) : "") },
          y: one.unit === "ns" ? { label: "time", kind: "time" } : { label: "requests", kind: "rate" },
          lines: one.standings.map((each, i) => ({ name: name(comparison, i), look: i, x: each.each_run.map((_, k) => k + 1), y: each.each_run, points: true })),
        }),
      ),
    ),
  );
}

function distributions(comparison: Comparison): HTMLElement {
  const shown = FIRST.filter((metric) => comparison.contestants.some((one) => one.run.metrics[metric]));
  return section(
    "latency",
    "How long it took",
    h(
      "div",
      { class: "charts" },
      ...shown.map((metric) =>
        distributionChart(
          `distribution-${metric}`,
          capital(nameOf(metric)),
          "",
          comparison.contestants.flatMap((one, i) => (one.run.metrics[metric] ? [{ name: name(comparison, i), look: i, dash: [], of: one.run.metrics[metric] }] : [])),
        ),
      ),
    ),
  );
}

function errors(comparison: Comparison): HTMLElement {
  const rows = comparison.contestants.flatMap((one, i) => Object.entries(one.run.failures).map(([code, failure]) => [name(comparison, i), code, count(failure.count), shortened(failure.first, 300)]));
  return section("errors", "Errors", rows.length > 0 ? scrolling("Errors", table(["of", "class", "requests", "the first"], rows)) : h("p", { class: "empty" }, "No request failed."));
}

export function comparisonPage(comparison: Comparison): (Node | null)[] {
  document.title = "comparison · hopcost";
  const facts: [string, unknown][] = [
    ["hopcost", comparison.version],
    ...comparison.contestants.map((one): [string, unknown] => [one.name, { runs: one.runs, requests: one.sent, address: one.url, model: one.model, target: one.target, scenario: one.scenario }]),
  ];
  const options = comparison.contestants.map((one) => ({ name: one.name, options: one.run.options }));
  return [answer(comparison), figures(comparison), byRun(comparison), distributions(comparison), errors(comparison), provenance(null, facts, JSON.stringify(options, null, 1), "Options as JSON")];
}
