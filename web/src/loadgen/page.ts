// The page of one run of `loadgen`: what was answered, how fast, whether it counts; then the pictures.

import { chartFigure, type Line } from "../chart";
import { distributionChart } from "../distribution";
import { h, scrolling, section, select, shortened, table } from "../dom";
import { provenance } from "../provenance";
import { count, number, time } from "../units";
import type { LoadRun, Measured } from "./data";
import { FIRST, capital, maybe, nameOf } from "./names";

function percentiles(measured: Measured, metric: string): string {
  const of = measured.metrics[metric];
  return of ? `${nameOf(metric)} ${maybe(of.p50)} median, ${maybe(of.p99)} p99` : "";
}

function answer(run: LoadRun): HTMLElement {
  const { sent, ok } = run.counters;
  const failed = sent - ok;
  const main = run.metrics.ttft ? "ttft" : "e2e";
  const title = run.valid
    ? `${number(run.requests_per_s)} requests a second; ${percentiles(run, main)}.`
    : `Not valid: ${shortened(run.faults.map((one) => `${one.code}: ${one.evidence}`).join("; "), 300)}.`;
  const crossed = run.thresholds.filter((one) => one.crossed).length;
  const pill = (kind: string, text: string) => h("span", { class: `pill ${kind}` }, text);
  return h(
    "section",
    { id: "answer", class: run.valid ? "measured" : "no-verdict", "aria-labelledby": "answer-title" },
    h("p", { class: "kicker" }, new Date(run.started_at_ns / 1e6).toISOString().slice(0, 19) + "Z"),
    h("h1", { id: "answer-title" }, title),
    h(
      "p",
      { class: "verdicts" },
      run.valid ? pill("measured", "● valid") : pill("no-verdict", "▲ not valid"),
      crossed > 0 ? h("span", {}, pill("no-verdict", "▲ crossed"), ` ${crossed} of ${run.thresholds.length} thresholds`) : null,
      run.cut_short ? h("span", {}, pill("no-verdict", "▲ cut short"), ` ${shortened(run.stopped_by, 120)}`) : null,
      h("span", {}, `n = ${count(sent)} requests in ${time(run.measured_ns)}, ${count(failed)} failed`),
    ),
    run.findings ? h("p", {}, shortened(run.findings, 500)) : null,
  );
}

function judged(run: LoadRun): HTMLElement | null {
  const parts: HTMLElement[] = [];
  if (run.targets.length > 0) {
    const value = (one: number | null) => (one === null ? "n/a" : time(one));
    parts.push(scrolling("Targets", table(["target", "measured", "interval", "by the sample", "verdict"], run.targets.map((one) => [one.target, value(one.value), one.low === null || one.high === null ? "n/a" : `${time(one.low)} to ${time(one.high)}`, one.compliant ? "met" : "missed", one.verdict]), "Targets: the verdict allows for chance, the sample does not")));
  }
  if (run.thresholds.length > 0) parts.push(scrolling("Thresholds", table(["fails if", "outcome"], run.thresholds.map((one) => [one.fail_if, one.crossed ? "▲ crossed" : one.value === null ? "cannot be told" : "kept"]))));
  if (run.goodput) {
    const { good, of, objectives } = run.goodput;
    const share = (n: number) => `${count(n)} of ${count(of)} (${of > 0 ? number((100 * n) / of) : "0"} %)`;
    parts.push(scrolling("Goodput", table(["objective", "requests that meet it"], [...objectives.map((one) => [`${nameOf(one.metric)} at most ${time(one.at_most_ns)}`, share(one.met)]), ["all of them", share(good)]])));
  }
  return parts.length > 0 ? section("judged", "Targets and thresholds", ...parts) : null;
}

function percentileTable(run: LoadRun): HTMLElement {
  const rank = (metric: string) => (FIRST.includes(metric) ? FIRST.indexOf(metric) : FIRST.length);
  const rows = Object.entries(run.metrics).sort(([a], [b]) => rank(a) - rank(b)).map(([metric, of]) => [nameOf(metric), maybe(of.mean), maybe(of.p50), maybe(of.p90), maybe(of.p95), maybe(of.p99), time(of.max), count(of.n)]);
  return scrolling("Percentiles", table(["metric", "mean", "p50", "p90", "p95", "p99", "most", "n"], rows, "Of requests that were answered; n/a where fewer than ten samples lie beyond"));
}

function latency(run: LoadRun): HTMLElement {
  const body = h("div", { class: "charts" });
  const metrics = Object.keys(run.metrics);
  const more = metrics.filter((one) => !FIRST.includes(one));
  let extra = more[0] ?? "";
  const draw = () => {
    const shown = [...FIRST.filter((one) => metrics.includes(one)), ...(extra ? [extra] : [])];
    body.replaceChildren(
      ...shown.map((metric) => {
        const labels = run.labels.filter((one) => one.metrics[metric]);
        const several = labels.length > 1 ? labels.slice(0, 8).map((one, i) => ({ name: `${one.dimension} ${one.name}`, look: i + 1, dash: [], of: one.metrics[metric] })) : [];
        return distributionChart(`distribution-${metric}`, capital(nameOf(metric)), "", [{ name: "all", look: 0, dash: [], of: run.metrics[metric] }, ...several]);
      }),
    );
  };
  draw();
  const choice = more.length > 1 ? select("Another distribution", more.map((one) => [one, nameOf(one)]), extra, (value) => ((extra = value), draw())) : null;
  return section("latency", "How long it took", percentileTable(run), choice, body);
}

function overTime(run: LoadRun): HTMLElement | null {
  const { seconds } = run;
  if (seconds.length < 2) return null;
  const x = seconds.map((_, i) => i + 1);
  const axis = { label: "second of the run", scale: "linear" as const, text: (value: number) => String(Math.round(value)) };
  const line = (name: string, look: number, y: (number | null)[], faint = false): Line => ({ name, look, x, y, faint, points: seconds.length <= 60 });
  const timed = ["ttft", "e2e"].filter((metric) => seconds.some((one) => one.metrics[metric]));
  return section(
    "time",
    "Over time",
    h(
      "div",
      { class: "charts" },
      chartFigure({ id: "rate", title: "Throughput", note: `Replies that ended in each second, n = ${seconds.length} seconds.`, x: axis, y: { label: "requests", kind: "rate" }, lines: [line("answered", 0, seconds.map((one) => one.ok)), line("failed", 1, seconds.map((one) => one.failed))] }),
      chartFigure({ id: "in-flight", title: "Requests under way", note: `Mean of each second, n = ${seconds.length} seconds.`, x: axis, y: { label: "requests", kind: "ratio" }, lines: [line("under way", 0, seconds.map((one) => one.in_flight))] }),
      ...timed.map((metric) =>
        chartFigure({
          id: `time-${metric}`,
          title: capital(nameOf(metric)),
          note: `Median and p99 of each second, n = ${count(seconds.reduce((sum, one) => sum + (one.metrics[metric]?.n ?? 0), 0))} requests.`,
          x: axis,
          y: { label: "time", kind: "time" },
          lines: [line("median", 0, seconds.map((one) => one.metrics[metric]?.p50 ?? null)), line("p99", 1, seconds.map((one) => one.metrics[metric]?.p99 ?? null))],
        }),
      ),
    ),
  );
}

function compared(run: LoadRun): HTMLElement | null {
  const parts: HTMLElement[] = [];
  const rows = (all: (Measured & { name: string })[]) =>
    all.map((one) => {
      const metric = one.metrics.ttft ? "ttft" : "e2e";
      return [shortened(one.name, 80), count(one.counters.sent), count(one.counters.sent - one.counters.ok), `${number(one.requests_per_s)} /s`, `${number(one.output_tokens_per_s)} /s`, maybe(one.metrics[metric]?.p50), maybe(one.metrics[metric]?.p99), maybe(one.metrics.e2e?.p50), maybe(one.metrics.e2e?.p99)];
    });
  const heading = (what: string) => [what, "requests", "failed", "answered", "output tokens", "TTFT p50", "TTFT p99", "request p50", "request p99"];
  const { stages } = run;
  if (stages.length > 1) {
    const byRate = stages.every((one) => one.rate_per_s > 0);
    const x = stages.map((one) => (byRate ? one.rate_per_s : one.concurrency));
    const axis = { label: byRate ? "requests a second, asked for" : "concurrency", scale: "log" as const, ticks: x.length <= 12 ? x : undefined, text: (value: number) => number(value) };
    const lines = ["p50", "p99"].map((q, i): Line => ({ name: `whole request, ${q}`, look: i, x, y: stages.map((one) => one.metrics.e2e?.[q as "p50"] ?? null), note: stages.map((one) => `n = ${count(one.metrics.e2e?.n ?? 0)} requests`) }));
    if (stages.some((one) => one.metrics.ttft)) lines.push({ name: "first token, p50", look: 2, x, y: stages.map((one) => one.metrics.ttft?.p50 ?? null) });
    parts.push(
      h(
        "div",
        { class: "charts" },
        chartFigure({ id: "stage-latency", title: "Latency against load", note: `n = ${count(run.counters.sent)} requests in ${stages.length} loads.`, x: axis, y: { label: "time", kind: "time" }, lines }),
        chartFigure({ id: "stage-rate", title: "Throughput against load", note: `n = ${count(run.counters.sent)} requests in ${stages.length} loads.`, x: axis, y: { label: "requests", kind: "rate" }, lines: [{ name: "answered", look: 0, x, y: stages.map((one) => one.requests_per_s) }] }),
      ),
      scrolling("Loads", table(heading("load"), rows(stages))),
    );
  }
  for (const dimension of new Set(run.labels.map((one) => one.dimension))) {
    parts.push(scrolling(dimension, table(heading(dimension), rows(run.labels.filter((one) => one.dimension === dimension)), `By ${dimension}`)));
  }
  return parts.length > 0 ? section("compared", "Beside each other", ...parts) : null;
}

function errors(run: LoadRun): HTMLElement {
  const rows = Object.entries(run.failures).map(([code, one]) => [code, count(one.count), `${number((100 * one.count) / Math.max(1, run.counters.sent))} %`, shortened(one.first, 400)]);
  return section("errors", "Errors", rows.length > 0 ? scrolling("Errors", table(["class", "requests", "share", "the first"], rows)) : h("p", { class: "empty" }, `None of ${count(run.counters.sent)} requests failed.`));
}

export function loadgenPage(run: LoadRun): (Node | null)[] {
  document.title = "load run · hopcost";
  const known: [string, unknown][] = [["target", run.target], ["scenario", run.scenario]];
  const facts: [string, unknown][] = [["hopcost", run.version], ...known.filter(([, one]) => one), ["generator busy", `${number(100 * run.generator.busy_share)} %`], ...Object.entries(run.options).map(([name, one]): [string, unknown] => [name.replaceAll("_", " "), one])];
  return [answer(run), judged(run), latency(run), overTime(run), compared(run), errors(run), provenance(null, facts, JSON.stringify(run.options, null, 1), "Options as JSON")];
}
