import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { closeBrowser, copy, manyCells, open, real, reportOf, require, seeAll, seriousFaults, settled, withCurve, withState } from "./rig.mjs";

after(closeBrowser);

const close = (a, b) => Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a), Math.abs(b));

/// The charts that are on the page, with what uPlot was given, in the record's units.
function charts(page) {
  return page.evaluate(() =>
    Object.fromEntries(
      Object.entries(window.hopcost.charts)
        .filter(([id]) => document.getElementById(`chart-${id}`))
        .map(([id, { chart, plot, divide }]) => [
          id,
          {
            lines: chart.lines.map((line, i) => ({ name: line.name, x: line.x, y: line.y, low: line.low, high: line.high, drawn: plot.data[i + 1].filter((v) => v != null).map((v) => v * divide) })),
            ink: plot.ctx.getImageData(0, 0, plot.ctx.canvas.width, plot.ctx.canvas.height).data.some((v) => v > 0),
          },
        ]),
    ),
  );
}

test("the page's TypeScript has no type error", () => {
  const tsc = require.resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tests/web/tsconfig.json"], { stdio: "inherit" });
});

test("a run is shown without a console error and without a request, every chart drawn with the record's figures", async () => {
  const record = withCurve(withState("measured"));
  const { page, trouble } = await open(reportOf("measured", record));
  await seeAll(page);
  const seen = await charts(page);
  for (const id of ["added-e2e", "added-ttft", "added-chunk_transit", "arms-e2e", "distribution", "pairs", "threads", "throughput-0", "efficiency-0"]) {
    assert.ok(seen[id], `${id} is missing among ${Object.keys(seen)}`);
    assert.ok(seen[id].ink, `${id} is blank`);
    for (const line of seen[id].lines) assert.deepEqual(line.drawn.length, line.y.filter((v) => v !== null).length, `${id}: ${line.name}`);
  }
  for (const [id, mode, quantity] of [["added-e2e", "unary", "e2e.p50"], ["added-ttft", "stream", "ttft.p50"], ["added-chunk_transit", "stream", "chunk_transit.p50"]]) {
    const cells = record.cells.filter((cell) => cell.load === "latency" && cell.mode === mode && cell.overheads[quantity]);
    const points = seen[id].lines.flatMap((line) => line.x.map((x, i) => ({ x, value: line.y[i], low: line.low[i], high: line.high[i], drawn: line.drawn[i] })));
    assert.equal(points.length, cells.length);
    for (const cell of cells) {
      const d = cell.overheads[quantity].difference;
      assert.ok(
        points.some((p) => p.x === cell.concurrency && close(p.value, d.value) && close(p.low, d.low) && close(p.high, d.high) && close(p.drawn, d.value)),
        `${id}: ${cell.id} is not drawn as it was measured`,
      );
    }
  }
  const curve = record.scaling[0];
  seen["throughput-0"].lines[0].y.forEach((y, i) => assert.ok(close(y, curve.points[i].throughput_per_s.value)));
  seen["efficiency-0"].lines[0].y.forEach((y, i) => assert.ok(close(y, curve.points[i].efficiency)));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("raw differences are the passes' own, round by round", async () => {
  const record = withState("measured");
  const { page } = await open(reportOf("measured", record));
  await seeAll(page);
  const cell = record.cells.find((one) => one.load === "latency");
  const value = (arm, restart, round) => cell.passes.find((p) => p.arm === arm && p.restart === restart && p.round === round).quantities[cell.headline];
  const wanted = cell.passes.filter((p) => p.arm === "stack").map((p) => p.quantities[cell.headline] - value("baseline", p.restart, p.round));
  const { lines } = (await charts(page)).pairs;
  const shown = lines.at(-1).y;
  assert.equal(shown.length, wanted.length);
  for (const one of wanted) assert.ok(shown.some((y) => Math.abs(y - one) < 60), `${one} is not among ${shown}`);
  await page.close();
});

test("each verdict has its words, and none but a measured one has a figure in its sentence", async () => {
  for (const [state, words] of [["measured", /adds [\d.]+\sµs/], ["below resolution", /less than can be seen here \(< [\d.]+\sµs\)/], ["no verdict", /No verdict/]]) {
    const { page, trouble } = await open(reportOf(state.replaceAll(" ", "-"), withState(state)));
    const title = await page.locator("h1").innerText();
    assert.match(title, words);
    assert.equal(await page.locator("#answer").getAttribute("class"), state.replaceAll(" ", "-"));
    const pills = await page.locator("#answer .pill").allInnerTexts();
    assert.ok(pills.some((text) => text.includes(state)));
    if (state === "no verdict") {
      assert.ok(!pills.some((text) => text.includes("measured")));
      assert.doesNotMatch(title, /\d\sµs/);
      assert.equal(await page.locator("#answer .bar").count(), 0);
      assert.match(await page.locator("#unsaid").textContent(), /errors/);
      assert.doesNotMatch(await page.locator("#map").textContent(), /\d \[/);
    }
    assert.doesNotMatch((await page.locator("#answer, .pill").allInnerTexts()).join(" "), /\bpass(ed)?\b/i);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("nothing measured at all is said to be that", async () => {
  const record = copy(real);
  Object.assign(record, { cells: [], scaling: [], slopes: [], failures: ["stack x: did not come up"], left_out: ["y is not installed"] });
  const { page, trouble } = await open(reportOf("empty", record));
  assert.match(await page.locator("h1").innerText(), /Nothing was measured/);
  assert.match(await page.locator("#unsaid").textContent(), /did not come up[\s\S]*not installed/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("stacks, modes and cells can be chosen", async () => {
  const { page, trouble } = await open(reportOf("many", manyCells(300)));
  const rows = () => page.locator(".heat tbody tr").count();
  const before = await rows();
  await page.locator(".chip input").first().uncheck();
  assert.ok((await rows()) < before, "a stack that is unchecked is still there");
  await page.getByLabel("Mode").selectOption("stream");
  assert.equal(await page.locator("#chart-added-e2e").count(), 0);
  assert.equal(await page.locator("#chart-added-ttft").count(), 1);
  await page.locator(".filters select").last().selectOption("cell-7");
  const title = await page.locator(".cell-title").innerText();
  await page.locator(".heat td button").last().click();
  assert.notEqual(await page.locator(".cell-title").innerText(), title);
  await page.getByLabel("Find").fill("no verdict");
  assert.ok((await page.locator(".cells tbody .pill").allInnerTexts()).every((text) => text.includes("no verdict")));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("all of it can be reached by keyboard", async () => {
  const { page } = await open(reportOf("measured", withCurve(withState("measured"))));
  const stops = new Set();
  for (let i = 0; i < 80; ++i) {
    await page.keyboard.press("Tab");
    stops.add(await page.evaluate(() => document.activeElement?.closest("section, .filters, header")?.id || document.activeElement?.closest(".filters, header")?.tagName || ""));
  }
  for (const id of ["added", "map", "detail", "scaling", "cells", "run"]) assert.ok(stops.has(id), `${id} is not reached: ${[...stops]}`);
  await page.close();
});

test("axe-core finds no serious fault, light and dark", async () => {
  const record = withCurve(manyCells(40));
  settled(record.cells[0], "below resolution");
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await open(reportOf("axe", record), { colorScheme });
    await seeAll(page);
    for (const details of await page.locator("details").all()) await details.evaluate((one) => (one.open = true));
    assert.deepEqual(await seriousFaults(page), [], colorScheme);
    await page.close();
  }
});

test("hostile text is shown as text", async () => {
  const record = withState("no verdict");
  const script = "<script>alert(1)</script><img src=x onerror=alert(2)>\u001b[31m";
  record.name = script;
  record.command = `overhead run ${script}`;
  record.config = script;
  record.failures = [script];
  record.environment.stacks = { [script]: script };
  for (const cell of record.cells) {
    cell.stack = script + "m".repeat(10_000);
    cell.id += script;
    cell.checks[0].evidence = cell.reasons[0] = script;
  }
  const { page, trouble } = await open(reportOf("hostile", record));
  await seeAll(page);
  assert.equal(await page.locator("main script, main img").count(), 0);
  assert.match(await page.locator("#unsaid").textContent(), /<script>alert\(1\)<\/script>/);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1280);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("it fits a narrow screen, and paper", async () => {
  const { page, trouble } = await open(reportOf("measured", withCurve(withState("measured"))), { viewport: { width: 380, height: 800 } });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 380);
  await page.close();
  const dark = await open(reportOf("measured", withCurve(withState("measured"))), { colorScheme: "dark" });
  const pdf = await dark.page.pdf({ format: "A4" });
  assert.ok(pdf.length > 20_000);
  assert.deepEqual([...trouble, ...dark.trouble], []);
  await dark.page.close();
});

test("a thousand cells: how soon something is seen is printed, and filters answer", async () => {
  const file = reportOf("thousand", withCurve(manyCells(1000)));
  const { page, trouble } = await open(file);
  const paint = await page.evaluate(async () => {
    const first = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    const ready = performance.now();
    return { first, ready };
  });
  const filtered = await page.evaluate(async () => {
    const began = performance.now();
    document.querySelector(".chip input").click();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
  });
  console.log(`1000 cells, ${statSync(file).size} bytes: first paint ${Math.round(paint.first)} ms, all of it ${Math.round(paint.ready)} ms, a filter ${Math.round(filtered)} ms`);
  assert.ok((await page.locator(".cells tbody tr").count()) <= 50);
  assert.deepEqual(trouble, []);
  await page.close();
});

if (process.env.HOPCOST_SCREENSHOTS) {
  test("screenshots", async () => {
    const record = withCurve(manyCells(60));
    for (const colorScheme of ["light", "dark"]) {
      const { page } = await open(reportOf("screenshots", record), { colorScheme });
      await seeAll(page);
      await page.addStyleTag({ content: ".filters{position:static!important}section{content-visibility:visible!important}" });
      await page.screenshot({ path: join(process.env.HOPCOST_SCREENSHOTS, `report-${colorScheme}.png`), fullPage: true });
      await page.close();
    }
  });
}
