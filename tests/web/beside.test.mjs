import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { closeBrowser, copy, open, reportOf, seeAll, seriousFaults, withState } from "./rig.mjs";

after(closeBrowser);

/// The folder of a run, rendered or not.
function folderOf(name, record) {
  return join(reportOf(name, record), "..");
}

function page(name, first, second) {
  const file = join(process.env.HOPCOST_MODULES, "pages", `${name}.html`);
  execFileSync(join(process.env.HOPCOST_BIN, "overhead"), ["report", "--compare", folderOf(`${name}-first`, first), folderOf(`${name}-second`, second), "--output", file], { stdio: ["ignore", "ignore", "inherit"] });
  return file;
}

test("two runs beside each other are shown with their own figures", async () => {
  const first = withState("measured");
  const second = copy(first);
  const { page: shown, trouble } = await open(page("beside", first, second));
  await seeAll(shown);
  const data = await shown.evaluate(() => ({ rows: window.hopcost.data.rows, drawn: window.hopcost.charts.changes?.chart.lines[0].y ?? [] }));
  const told = data.rows.filter((row) => row.change !== null);
  assert.ok(told.length > 0);
  assert.deepEqual(data.drawn, told.map((row) => row.change.value));
  for (const row of told) assert.equal(row.which, "no difference to be seen");
  assert.match(await shown.locator("h1").innerText(), /^No difference to be seen in/);
  assert.deepEqual(await seriousFaults(shown), []);
  assert.deepEqual(trouble, []);
  await shown.close();
});

test("what has no verdict in one of them is no figure, and never looks like one", async () => {
  const first = withState("no verdict");
  const { page: shown, trouble } = await open(page("beside-untold", first, copy(first)));
  assert.match(await shown.locator("h1").innerText(), /^No verdict/);
  assert.equal(await shown.locator("#answer").getAttribute("class"), "no-verdict");
  assert.equal(await shown.locator("#changes").count(), 0);
  assert.deepEqual(trouble, []);
  await shown.close();
});
