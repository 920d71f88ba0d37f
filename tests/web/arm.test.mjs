import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, open, reportOf, seeAll, seriousFaults, withState } from "./rig.mjs";

after(closeBrowser);

for (const arm of ["baseline", "stack"]) {
  test(`${arm}.html shows what the clients of that arm saw, and nothing of the difference`, async () => {
    const record = withState("measured");
    const { page, trouble } = await open(reportOf("per-arm", record, ["--per-arm"], `${arm}.html`));
    await seeAll(page);
    const charts = await page.evaluate(() => Object.fromEntries(Object.entries(window.hopcost.charts).map(([id, { chart }]) => [id, chart.lines.flatMap((line) => line.y)])));
    for (const id of ["arm-e2e.p50", "arm-ttft.p50", "arm-requests_per_s", "arm-distribution-e2e", "arm-history"]) assert.ok(charts[id]?.length > 0, `${id} is missing among ${Object.keys(charts)}`);
    const first = record.cells[0];
    const passes = first.passes.filter((pass) => pass.arm === arm).map((pass) => pass.quantities[first.headline]);
    assert.equal(charts["arm-history"].length, passes.length);
    passes.forEach((value, i) => assert.ok(Math.abs(charts["arm-history"][i] - value) <= 1e-5 * value));
    const sent = first.passes.filter((pass) => pass.arm === arm).reduce((sum, pass) => sum + pass.sent, 0);
    assert.equal((await page.locator("#levels tbody tr").first().locator("td").nth(1).innerText()).replace(/\D/g, ""), String(sent));
    assert.doesNotMatch(await page.locator("main").innerText(), /adds \d|noise floor \d/);
    assert.deepEqual(trouble, []);
    assert.deepEqual(await seriousFaults(page), []);
    await page.close();
  });
}
