// k6-html-reporter draws a page of the summary. It takes what k6 writes for granted, and dies where a field is missing.
import assert from "node:assert/strict";
import { readFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";

const [modules, files] = process.argv.slice(2);
const reporter = createRequire(resolve(modules, "package.json"))("k6-html-reporter");
const summary = join(files, "k6", "handle_summary.json");
const { metrics } = JSON.parse(readFileSync(summary, "utf8"));
const output = mkdtempSync(join(tmpdir(), "k6-page-"));
await reporter.generateSummaryReport({ jsonFile: summary, output });
const page = readFileSync(join(output, "report.html"), "utf8");

for (const name of ["http_reqs", "http_req_duration", "http_req_waiting", "http_req_failed", "iterations", "ttft"]) {
  assert.ok(name in metrics, `${name} is not in the summary`);
  assert.ok(page.includes(name), `${name} is not on the page`);
}
// One request in ten was refused, and one threshold was crossed.
assert.ok(metrics.http_req_failed.values.passes > 0);
assert.ok(page.includes("fail-block"), "the page does not show the threshold that was crossed");
assert.ok(page.includes(String(metrics.http_reqs.values.count)), "the page has not the count of requests");
