import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { closeBrowser, newPage, open, seeAll } from "./rig.mjs";

const bin = process.env.HOPCOST_BIN;
let mock = null;
let url = "";

before(async () => {
  mock = spawn(join(bin, "mockserver"), ["--listen", "127.0.0.1:0", "--ttft", "5ms", "--itl", "1ms", "--output-tokens", "8"], { stdio: ["ignore", "pipe", "inherit"] });
  url = await new Promise((found, lost) => {
    mock.stdout.on("data", (text) => {
      const line = /listening on (\S+)/.exec(String(text));
      if (line) found(line[1]);
    });
    mock.on("exit", () => lost(new Error("the mock server did not come up")));
  });
});

after(async () => {
  mock.removeAllListeners("exit");
  mock.kill("SIGTERM");
  await closeBrowser();
});

/// Runs loadgen; its folder. Exit codes 1 and 2 are answers too.
function run(name, more) {
  const folder = resolve(process.env.HOPCOST_MODULES, "pages", name);
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync(join(bin, "loadgen"), [url, "--quiet", "--html", "--output", folder, ...more], { stdio: ["ignore", "ignore", "inherit"] });
  } catch (error) {
    assert.ok([1, 2].includes(error.status), String(error));
  }
  return { record: JSON.parse(readFileSync(join(folder, "run.json"), "utf8")), page: join(folder, "report.html") };
}

test("a load run is shown with its own figures", async () => {
  const { record, page: file } = run("load", ["--duration", "3s", "--concurrency", "4", "--stream", "--fail-if", "e2e.p50>1ns"]);
  const { page, trouble } = await open(file);
  await seeAll(page);
  const shown = await page.evaluate(() => {
    const { data, charts } = window.hopcost;
    return { data, lines: Object.fromEntries(Object.entries(charts).map(([id, one]) => [id, one.chart.lines.map((line) => line.y)])) };
  });
  for (const metric of ["ttft", "chunk_gap", "e2e"]) {
    assert.equal(shown.data.metrics[metric].n, record.metrics_ns[metric].count);
    assert.equal(shown.data.metrics[metric].p50, record.metrics_ns[metric].p50);
    const drawn = shown.lines[`distribution-${metric}`][0];
    assert.ok(drawn[0] >= record.metrics_ns[metric].min * 0.999 && drawn.at(-1) <= record.metrics_ns[metric].max * 1.001);
  }
  assert.deepEqual(shown.lines.rate[0], record.seconds.map((one) => one.ok));
  const title = await page.locator("h1").innerText();
  if (record.valid) assert.match(title, /requests a second/);
  else assert.match(title, /Not valid/);
  assert.match(await page.locator("#judged").textContent(), /crossed/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a run that is not valid has no figure in its sentence; errors are shown by class", async () => {
  const { record, page: file } = run("refused", ["--duration", "1s", "--concurrency", "2", "--model", "<script>alert(1)</script>"]);
  assert.equal(record.valid, false);
  const { page, trouble } = await open(file);
  assert.match(await page.locator("h1").innerText(), /^Not valid/);
  assert.equal(await page.locator("#answer").getAttribute("class"), "no-verdict");
  for (const code of Object.keys(record.failures)) assert.match(await page.locator("#errors").textContent(), new RegExp(code));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("loads of a sweep stand beside each other", async () => {
  const { record, page: file } = run("sweep", ["--sweep", "concurrency=1,2,4", "--duration", "1s", "--stream"]);
  const { page, trouble } = await open(file);
  await seeAll(page);
  const y = await page.evaluate(() => window.hopcost.charts["stage-rate"].chart.lines[0].y);
  assert.deepEqual(y, record.stages.map((one) => one.requests_per_s));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("runs side by side are shown with the comparison's own figures", async () => {
  const names = ["plain", "<script>alert(1)</script>"];
  const runs = [0, 1, 2].flatMap((round) => names.map((name, i) => {
    run(`side-${i}-${round}`, ["--requests", "30", "--warmup", "0", "--stream", ...(i === 0 ? [] : ["--output-tokens", "2"])]);
    return `${name}=${resolve(process.env.HOPCOST_MODULES, "pages", `side-${i}-${round}`)}`;
  }));
  const folder = resolve(process.env.HOPCOST_MODULES, "pages", "comparison");
  execFileSync(join(bin, "loadgen"), ["compare", ...runs, "--html", "--output", folder], { stdio: ["ignore", "ignore", "inherit"] });
  const made = JSON.parse(readFileSync(join(folder, "comparison.json"), "utf8"));
  const { page, trouble } = await open(join(folder, "comparison_report.html"));
  await seeAll(page);
  const shown = await page.evaluate(() => ({ figures: window.hopcost.data.figures, ids: Object.keys(window.hopcost.charts), runs: window.hopcost.charts["runs-ttft-p50"].chart.lines.map((line) => line.y) }));
  assert.deepEqual(shown.figures, made.figures);
  const ttft = made.figures.find((one) => one.figure === "ttft.p50");
  assert.deepEqual(shown.runs, ttft.standings.map((one) => one.each_run));
  for (const id of ["distribution-ttft", "distribution-e2e", "runs-requests_per_s"]) assert.ok(shown.ids.includes(id), id);
  const text = await page.locator("#figures").textContent();
  for (const one of made.figures.filter((figure) => figure.best === null)) assert.ok(text.includes(`cannot tell: ${one.why_not}`));
  assert.match(await page.locator("h1").innerText(), /^Time to first token: plain /);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a run that goes on is shown live: more seconds come in, and its end is told", async () => {
  const program = spawn(join(bin, "loadgen"), [url, "--duration", "12s", "--concurrency", "2", "--stream", "--serve", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
  const live = await new Promise((found, lost) => {
    program.stderr.on("data", (text) => {
      const line = /live: (\S+)/.exec(String(text));
      if (line) found(line[1]);
    });
    program.on("exit", () => lost(new Error("loadgen ended before it said where its page is")));
  });
  const ended = new Promise((done) => program.on("exit", done));
  const page = await newPage();
  await page.goto(live);
  const seconds = () => page.evaluate(() => window.hopcost?.data.seconds.length ?? 0);
  await page.waitForFunction(() => window.hopcost?.data.seconds.length >= 2, null, { timeout: 30000 });
  const first = await seconds();
  await page.waitForFunction((before) => window.hopcost?.data.seconds.length > before, first, { timeout: 30000 });
  assert.match(await page.locator(".live").innerText(), /going on/);
  assert.equal(await ended, 0);
  await page.waitForFunction(() => /is over/.test(document.querySelector(".live")?.textContent ?? ""), null, { timeout: 30000 });
  await page.close();
});
