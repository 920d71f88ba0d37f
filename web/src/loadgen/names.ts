// What metrics are called for people, and which come first.

import { time } from "../units";

const NAMES: Record<string, string> = {
  ttft: "time to first token", tpot: "time per output token", chunk_gap: "gap between chunks", e2e: "whole request", itl: "mean gap of a stream",
  ttfb: "time to first byte", ttfc: "time to first event with choices", ntpot: "whole request by tokens", connect: "connecting",
  request_path: "way to the backend", response_path: "way back", chunk_transit: "transit of a chunk",
  e2e_from_intended: "whole request, from when it was due", ttft_from_intended: "first token, from when it was due", lateness: "lateness of the generator",
  requests_per_s: "requests answered a second", output_tokens_per_s: "output tokens a second", success: "requests answered",
};

export const FIRST = ["ttft", "tpot", "chunk_gap", "e2e"];

export function nameOf(metric: string): string {
  return NAMES[metric] ?? metric.replaceAll("_", " ");
}

export function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

export function maybe(ns: number | null | undefined): string {
  return ns == null ? "n/a" : time(ns);
}
