// What a run of `overhead` puts into its page: overhead/report/page_data.cpp writes it from run.json.

import type { Distribution } from "../distribution";

export interface Added {
  value: number;
  low: number;
  high: number;
  noise: number | null;
  detectable: number;
}

/// value, low, high
export type Interval = [number, number, number] | null;

export interface Check {
  code: string;
  checked: boolean;
  fired: boolean;
  blocking: boolean;
  evidence: string;
}

export interface Positions {
  from: number[];
  n: number[];
  mean_ns: number[];
}

export interface Cell {
  id: string;
  stack: string;
  workers: number;
  replicas: number;
  backend_replicas: number;
  concurrency: number;
  rate_per_s: number;
  mode: "unary" | "stream";
  load: "latency" | "ceiling";
  prompt_tokens: number;
  output_tokens: number;
  /** null: of a backend that is not ours, whose delays are not known */
  ttft_ns: number | null;
  itl_ns: number | null;
  ours: string;
  theirs: string;
  control: string;
  state: "measured" | "below resolution" | "no verdict";
  reasons: string[];
  headline: string;
  level: number | null;
  restarts: number;
  added: Record<string, Added>;
  cpu_per_request_ns: Interval;
  cpu_per_chunk_ns: Interval;
  memory_bytes: Interval;
  connections_per_request: number | null;
  events_per_read: Record<string, number>;
  repeated_pairs: number;
  workers_seen: string;
  checks: Check[];
  /// requests by arm, over all passes
  sent: Record<string, number>;
  failed: Record<string, number>;
  /// by arm and quantity: the median of the restarts' medians
  levels: Record<string, Record<string, number>>;
  /// the raw passes, a column each
  passes: { restart: number[]; round: number[]; arm: string[]; polluted: boolean[]; values: Record<string, (number | null)[]> };
  distributions: Record<string, Record<string, Distribution>>;
  /// CPUs' worth of work of the stack's busiest threads, busiest first, mean over its passes
  threads: number[];
  /// by arm: chunk transit by position in the stream
  positions: Record<string, Positions>;
}

export interface Estimate {
  value: number;
  low: number;
  high: number;
  level: number;
  restarts: number[];
}

export interface ScalingPoint {
  n: number;
  cell: string;
  throughput_per_s: Estimate;
  speedup: Estimate | null;
  efficiency: number;
  backend_throughput_per_s: number;
}

export interface Curve {
  stack: string;
  mode: string;
  over: "workers" | "replicas";
  fixed: number;
  backend_replicas: number;
  points: ScalingPoint[];
  usl: { lambda_per_s: Estimate; alpha: Estimate; beta: Estimate; peak: number | null } | null;
  diagnosis: { code: string; evidence: string };
}

export interface Run {
  /// served while it goes on: changes when there is more; else it is not there
  live?: string;
  schema: string;
  hopcost: string;
  name: string;
  command: string;
  started_at: string;
  took_s: number;
  cut_short: boolean;
  trial: boolean;
  seed: number;
  config: string;
  environment: Record<string, unknown>;
  left_out: string[];
  failures: string[];
  cells: Cell[];
  /// the page is of this arm alone
  arm?: string;
  scaling: Curve[];
  slopes: { standup: string; mode: string; quantity: string; per: string; levels: number[]; ns: Estimate }[];
}

export function loadText(cell: Cell): string {
  if (cell.rate_per_s > 0) return `${cell.rate_per_s}/s`;
  return `${cell.concurrency} user${cell.concurrency === 1 ? "" : "s"}`;
}

/// Where a cell stands on the load axis: users, or requests a second.
export function loadOf(cell: Cell): number {
  return cell.rate_per_s > 0 ? cell.rate_per_s : cell.concurrency;
}

function counted(n: number, what: string): string {
  return n === 0 ? "" : ` · ${n} ${what}${n === 1 ? "" : "s"}`;
}

/// The stand-up of a cell and all else that is not its load: cells of one name are one line of a chart. What does
/// not vary in `all` is left out.
export function lineNames(all: Cell[]): (cell: Cell) => string {
  const vary = (field: keyof Cell) => new Set(all.map((one) => one[field])).size > 1;
  const [workers, replicas, backends] = [vary("workers"), vary("replicas"), vary("backend_replicas")];
  const [prompt, output] = [vary("prompt_tokens"), vary("output_tokens")];
  const gap = new Set(all.filter((one) => one.mode === "stream").map((one) => one.itl_ns)).size > 1;
  return (cell) => {
    let name = cell.stack;
    if (workers) name += counted(cell.workers, "worker");
    if (replicas) name += counted(cell.replicas, "replica");
    if (backends) name += counted(cell.backend_replicas, "backend");
    if (prompt) name += ` · ${cell.prompt_tokens} tokens in`;
    if (output) name += ` · ${cell.output_tokens} tokens out`;
    if (gap && cell.mode === "stream" && cell.itl_ns !== null) name += ` · ${cell.itl_ns / 1e6} ms apart`;
    return name;
  };
}

export function resolved(added: Added): boolean {
  return added.low > 0 || added.high < 0;
}

/// What can be said of one quantity of a cell, whose state is that of its headline.
export function stateOf(cell: Cell, quantity: string): Cell["state"] {
  const added = cell.added[quantity];
  if (cell.state === "no verdict" || !added) return "no verdict";
  return resolved(added) ? "measured" : "below resolution";
}

/// "below resolution (< X)": the larger of the upper end and the noise floor.
export function resolution(added: Added): number {
  return Math.max(added.high, added.noise ?? 0);
}
