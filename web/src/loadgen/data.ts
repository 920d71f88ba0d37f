// What a run of `loadgen` puts into its page: loadgen/output/html.cpp writes it from the record.

import type { Distribution } from "../distribution";

export interface Measured {
  requests_per_s: number;
  output_tokens_per_s: number;
  offered_per_s: number;
  measured_ns: number;
  counters: Record<string, number>;
  failures: Record<string, { count: number; first: string }>;
  /// by metric: percentiles (null where too few samples lie beyond) and the distribution
  metrics: Record<string, Distribution & Record<"p50" | "p90" | "p95" | "p99", number | null>>;
}

export interface Second {
  ok: number;
  failed: number;
  output_tokens: number;
  in_flight: number;
  metrics: Record<string, { p50: number; p99: number; n: number }>;
}

export interface LoadRun extends Measured {
  schema: string;
  version: string;
  started_at_ns: number;
  cut_short: boolean;
  stopped_by: string;
  valid: boolean;
  faults: { code: string; evidence: string }[];
  thresholds: { fail_if: string; value: number | null; crossed: boolean }[];
  targets: { target: string; value: number | null; low: number | null; high: number | null; compliant: boolean; verdict: string }[];
  goodput?: { good: number; of: number; objectives: { metric: string; at_most_ns: number; met: number }[] };
  stages: (Measured & { name: string; rate_per_s: number; concurrency: number })[];
  labels: (Measured & { dimension: string; name: string })[];
  seconds: Second[];
  options: Record<string, unknown>;
  generator: { busy_share: number };
  sweep: string;
  findings: string;
  /// by which name it was known; empty: none
  target: string;
  scenario: string;
}

/// What `loadgen compare` puts into its page: loadgen/compare/comparison_files.cpp.
export interface Comparison {
  schema: string;
  version: string;
  caveat: string;
  contestants: { name: string; runs: number; url: string; model: string; target: string; scenario: string; valid: boolean; sent: number; ok: number; run: LoadRun }[];
  figures: {
    figure: string;
    unit: "ns" | "share" | "1/s" | "count";
    more_is_better: boolean;
    standings: { value: number | null; low: number | null; high: number | null; each_run: number[] }[];
    /// which contestant is better than every other; null: cannot be told
    best: number | null;
    why_not: string;
  }[];
}
