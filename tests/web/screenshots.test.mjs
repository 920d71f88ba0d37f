import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";

const script = new URL("screenshots.mjs", import.meta.url).pathname;
const example = new URL("../../results/example/report.html", import.meta.url).pathname;

function pictures(name) {
  const folder = join(resolve(process.env.HOPCOST_MODULES), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync("node", [script, example, folder]);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file)).toString("base64")]));
}

test("the pictures in docs are the same when they are made twice, and light differs from dark", () => {
  const first = pictures("screenshots-1");
  const again = pictures("screenshots-2");
  const kept = readdirSync(new URL("../../docs/images", import.meta.url)).filter((file) => file.startsWith("report-"));
  assert.deepEqual(Object.keys(first).sort(), kept.sort());
  for (const file of kept) assert.ok(first[file] === again[file], `${file} differs`);
  for (const file of kept.filter((one) => one.endsWith("-light.png"))) assert.ok(first[file] !== first[file.replace("-light", "-dark")], file);
});
