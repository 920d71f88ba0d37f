// What the tests share: records made out of one real run, reports of them, and a browser to open them in.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const modules = resolve(process.env.HOPCOST_MODULES);
export const require = createRequire(join(modules, "package.json"));
const { chromium } = require("playwright-core");

/// The run to start from; pictures of a page that is there need none.
export const real = process.env.HOPCOST_RUN ? JSON.parse(readFileSync(join(process.env.HOPCOST_RUN, "run.json"), "utf8")) : null;

export function copy(json) {
  return JSON.parse(JSON.stringify(json));
}

/// Writes the record and has `overhead report` render it; the path of the page, or of another that it made.
export function reportOf(name, record, options = [], page = "report.html") {
  const folder = join(modules, "pages", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "run.json"), JSON.stringify(record));
  execFileSync(join(process.env.HOPCOST_BIN, "overhead"), ["report", folder, ...options], { stdio: ["ignore", "ignore", "inherit"] });
  return join(folder, page);
}

/// The cell with a state that its checks give reason for, and an interval that agrees.
export function settled(cell, state) {
  for (const check of cell.checks) if (check.blocking) check.fired = false;
  cell.reasons = [];
  cell.state = state;
  for (const overhead of Object.values(cell.overheads)) {
    const d = overhead.difference;
    const size = Math.max(1000, Math.abs(d.value));
    [d.value, d.low, d.high] = state === "measured" ? [size, size * 0.8, size * 1.3] : [size * 0.1, -size, size];
    overhead.resolved = state === "measured";
  }
  if (state === "no verdict") {
    const check = cell.checks.find((one) => one.code === "errors");
    Object.assign(check, { fired: true, blocking: true, checked: true, evidence: "3.1 % of the stack's requests failed" });
    cell.reasons = ["errors: 3.1 % of the stack's requests failed"];
  }
  return cell;
}

export function withState(state) {
  const record = copy(real);
  record.cells.forEach((cell) => settled(cell, state));
  return record;
}

/// So many cells, of several stacks, workers and loads, out of those of the real run.
export function manyCells(n) {
  const record = copy(real);
  const base = record.cells.filter((cell) => cell.load === "latency");
  record.cells = Array.from({ length: n }, (_, i) => {
    const cell = settled(copy(base[i % base.length]), i % 17 === 5 ? "no verdict" : "measured");
    cell.stack = `stack-${Math.floor(i / 100)}`;
    cell.workers = [1, 2, 4, 8][Math.floor(i / base.length) % 4];
    cell.concurrency = 2 ** (Math.floor(i / base.length / 4) % 6);
    cell.id = `cell-${i}`;
    // A hundred megabytes of buckets would test the reader of JSON, not the page.
    if (i >= base.length) cell.distributions_ns = {};
    return cell;
  });
  return record;
}

/// A curve over six counts with a fit, in the shape that run.json has it.
export function withCurve(record) {
  const estimate = (value) => ({ value, low: value * 0.95, high: value * 1.06, level: 0.95, restarts: [value, value] });
  const points = [1, 2, 3, 4, 6, 8].map((n) => {
    const rate = (9000 * n) / (1 + 0.06 * (n - 1) + 0.01 * n * (n - 1));
    return { n, cell: "none", throughput_per_s: estimate(rate), speedup: estimate(rate / 9000), efficiency: rate / 9000 / n, backend_throughput_per_s: 60000 };
  });
  record.scaling = [
    {
      stack: record.cells[0].stack, mode: "unary", over: "workers", fixed: 1, backend_replicas: 1, stack_cpus: 8, backend_cpus: 2, shared_cpus: false,
      points, usl: { lambda_per_s: estimate(9000), alpha: estimate(0.06), beta: estimate(0.01), peak: 9.7 }, diagnosis: { code: "cpu_bound", evidence: "7.2 of 8 CPUs used" },
    },
  ];
  return record;
}

let browser = null;

export async function closeBrowser() {
  await browser?.close();
}

export async function newPage(options = {}) {
  browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  return browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
}

/// Opens a page; `trouble` gathers what must not be: console errors, exceptions, requests.
export async function open(file, options = {}) {
  const page = await newPage(options);
  const url = pathToFileURL(file).href;
  const trouble = [];
  page.on("console", (message) => message.type() === "error" && trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`exception: ${error}`));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) trouble.push(`request: ${request.url()}`);
  });
  page.on("dialog", (dialog) => (trouble.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return { page, trouble };
}

/// Goes down the page, so that whatever is drawn when it is seen is drawn.
export async function seeAll(page) {
  for (const chart of await page.locator(".chart").all()) await chart.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => Object.values(window.hopcost.charts).every((one) => !document.contains(document.getElementById(`chart-${one.chart.id}`)) || one.plot));
}

/// What axe-core finds serious or worse, in words.
export async function seriousFaults(page) {
  // Run outside of the page's own policy, as an extension would be.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") });
  const { result } = await session.send("Runtime.evaluate", { expression: "axe.run().then((r) => JSON.stringify(r.violations))", awaitPromise: true });
  const serious = JSON.parse(result.value).filter((one) => ["serious", "critical"].includes(one.impact));
  return serious.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html + node.failureSummary).join(" ")}`);
}
