// What a cell says, in words. A cell without a verdict says so, and gives no figure.

import { shortened } from "../dom";
import { micros, number, several } from "../units";
import { loadText, resolution, resolved, type Cell } from "./data";

const METRICS: Record<string, string> = {
  e2e: "whole request",
  ttft: "time to first token",
  itl: "mean gap of a stream",
  chunk_gap: "gap between chunks",
  chunk_transit: "transit of a chunk",
  request_path: "way to the backend",
  response_path: "way back",
};
const STATISTICS: Record<string, string> = { p50: "median", p90: "p90", p95: "p95", p99: "p99", mean: "mean" };

export function metricName(metric: string): string {
  return METRICS[metric] ?? metric;
}

export function statisticName(statistic: string): string {
  return STATISTICS[statistic] ?? statistic;
}

/// "e2e.p50": "whole request, median"
export function quantityName(quantity: string): string {
  const [metric, statistic] = quantity.split(".");
  return statistic ? `${metricName(metric)}, ${statisticName(statistic)}` : quantity.replaceAll("_", " ");
}

/// "nginx", or of two builds "head"
export function subject(cell: Cell): string {
  return shortened(cell.ours === "stack" ? cell.stack : cell.ours, 40);
}

/// "23.4 µs [19.1, 27.7]", "less than can be seen here (< 6.2 µs)", or null without a verdict.
export function addedText(cell: Cell, quantity: string): string | null {
  const added = cell.added[quantity];
  if (cell.state === "no verdict" || !added) return null;
  if (!resolved(added)) return `less than can be seen here (< ${micros(resolution(added))} µs)`;
  return `${micros(added.value)} µs [${micros(added.low)}, ${micros(added.high)}]`;
}

/// Short, for a table: "+23.4 [19.1, 27.7]", "< 6.2", "no verdict"
export function addedShort(cell: Cell, quantity: string): string {
  const added = cell.added[quantity];
  if (cell.state === "no verdict") return "no verdict";
  if (!added) return "–";
  if (!resolved(added)) return `< ${micros(resolution(added))}`;
  return `${added.value > 0 ? "+" : ""}${micros(added.value)} [${micros(added.low)}, ${micros(added.high)}]`;
}

/// What a quantity's overhead is added to.
export function addedTo(quantity: string): string {
  if (quantity === "e2e.p50") return "to the median request";
  if (quantity === "ttft.p50") return "to the median time to first token";
  if (quantity.startsWith("chunk_transit")) return "to each streamed chunk";
  return `to ${quantityName(quantity)}`;
}

/// "with 8 users and 2 workers"
export function setting(cell: Cell): string {
  let text = cell.rate_per_s > 0 ? `at ${cell.rate_per_s} requests a second` : `with ${several(cell.concurrency, "user")}`;
  const more: string[] = [];
  if (cell.workers > 0) more.push(several(cell.workers, "worker"));
  if (cell.replicas > 1) more.push(several(cell.replicas, "replica"));
  if (cell.backend_replicas > 1) more.push(several(cell.backend_replicas, "backend"));
  if (more.length > 0) text += `${cell.rate_per_s > 0 ? ", " : more.length > 1 ? ", " : " and "}${more.join(" and ")}`;
  return text;
}

/// Why a cell has no verdict, shortly: the checks that blocked it, else what was said.
export function whyNot(cell: Cell): string {
  const blocking = cell.checks.filter((check) => check.fired && check.blocking).map((check) => check.code);
  if (blocking.length > 0) return blocking.join(", ");
  return shortened(cell.reasons.at(-1) ?? "not measured", 160);
}

/// An arm of the cell, as a name in a picture.
export function armName(cell: Cell, arm: string): string {
  if (arm === "stack") return shortened(cell.stack, 32);
  if (arm === "baseline") return "backend alone";
  return arm === "baseline2" ? "backend alone, again" : arm;
}

export function cellTitle(cell: Cell): string {
  const mode = cell.mode === "stream" ? "streamed" : "plain";
  const load = cell.load === "ceiling" ? "ceiling" : loadText(cell);
  const lengths = cell.prompt_tokens > 0 ? `, ${cell.prompt_tokens} tokens in` : "";
  const workers = cell.workers > 0 ? `, ${several(cell.workers, "worker")}` : "";
  const replicas = cell.replicas > 1 ? `, ${several(cell.replicas, "replica")}` : "";
  return `${shortened(cell.stack, 40)}${workers}${replicas}, ${load}, ${mode}${lengths}`;
}

export function rateText(value: number): string {
  return `${number(value)} per s`;
}
